import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { httpReranker } from './reranker.ts';
import { openTestMemory, source, type TestMemory } from './testing/test-memory.ts';

/** A stand-in on the wire of `/rerank`: likes what is short. */
let server: Server;
let status = 200;
let memory: TestMemory;

beforeEach(async () => {
  status = 200;
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { documents } = JSON.parse(Buffer.concat(chunks).toString()) as { documents: string[] };
    const results = documents.map((text, index) => ({ index, relevance_score: 1 / text.length }));
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ results: results.reverse() }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  memory = await openTestMemory();
  await memory.keep([
    source({ externalId: 'long', text: 'The harbour, the harbour, and once more the harbour in the rain.' }),
    source({ externalId: 'short', text: 'The harbour.' }),
  ]);
});
afterEach(async () => {
  server.close();
  await memory.close();
});

const rerank = async () => {
  const { hits } = await memory.ask('harbour harbour');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return httpReranker({ baseUrl, model: 'm' }).rerank('harbour', hits);
};

it('a reranker says the order, and why says so', async () => {
  expect((await rerank()).map(({ externalId, signals }) => [externalId, signals.reranker?.rank])).toEqual([
    ['short', 1],
    ['long', 2],
  ]);
});

it('a reranker that fails leaves the order as it was', async () => {
  const before = (await memory.ask('harbour harbour')).hits.map(({ externalId }) => externalId);
  status = 500;
  expect((await rerank()).map(({ externalId }) => externalId)).toEqual(before);
});
