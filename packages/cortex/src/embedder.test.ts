import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbedderUnavailable, QueryVectors } from './embedder.ts';
import { onnxEmbedder } from './onnx-embedder.ts';
import { openAiEmbedder } from './openai-embedder.ts';
import { openTestMemory, source, type TestMemory } from './testing/test-memory.ts';

/** Two meanings, whatever the words: what speaks OpenAI's wire, and knows that a feline is a cat. */
const MEANINGS = [/\b(?:cat|feline|kitten)s?\b/i, /\b(?:car|vehicle|automobile)s?\b/i];
let server: Server;
let url: string;
let requests: { authorization: string | undefined; input: string[] }[];
let failures: number[];
let memory: TestMemory;

beforeEach(async () => {
  requests = [];
  failures = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { input } = JSON.parse(Buffer.concat(chunks).toString()) as { input: string[] };
    requests.push({ authorization: request.headers.authorization, input });
    const status = failures.shift() ?? 200;
    const data = input.map((text, index) => ({
      index,
      embedding: [...MEANINGS.map((meaning) => (meaning.test(text) ? 1 : 0)), 0.1, 0, 0, 0, 0, 0],
    }));
    // Not in order: the index says which is which.
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ data: data.reverse() }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  memory = await openTestMemory();
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await memory.close();
});

const embedder = (model = 'meanings') => openAiEmbedder({ baseUrl: url, apiKey: 'k', model, weight: 0.5 });
const vectorOf = async (query: string, model?: string) => {
  const used = embedder(model);
  const vector = await new QueryVectors(used).of(query);
  if (vector === undefined) throw new Error('no vector');
  return { embedder: used.id, vector, weight: used.weight };
};

describe('an embedder', () => {
  it('finds what is meant where no word is the same; text that is forgotten leaves no vector', async () => {
    await memory.keep([
      source({ externalId: 'a', text: 'The kitten sleeps on the sofa.' }),
      source({ externalId: 'b', text: 'The automobile is in the garage.' }),
    ]);
    await memory.embed(embedder());
    expect(await memory.coverage()).toEqual({ embedder: 'openai:meanings', embedCoverage: 1 });
    const vector = await vectorOf('feline');
    const { hits } = await memory.ask('feline', { vector });
    expect(hits[0]).toMatchObject({ externalId: 'a', signals: { vector: { rank: 1 } } });
    await memory.forget(['set:a']);
    expect((await memory.ask('feline', { vector })).hits.map((hit) => hit.externalId)).not.toContain('a');
  });

  it('changed, makes all vectors again, bit by bit, while questions are answered', async () => {
    await memory.keep(
      Array.from({ length: 100 }, (_, index) => source({ externalId: `s${index}`, text: `Cat number ${index}.` })),
    );
    await memory.embed(embedder());
    expect(await memory.embed(embedder('other'), 1)).toBe(64);
    const { embedder: name, embedCoverage } = await memory.coverage();
    expect([name, embedCoverage]).toEqual(['openai:other', 0.64]);
    expect((await memory.ask('cat number 99', { vector: await vectorOf('cat', 'other') })).hits[0]?.externalId).toBe(
      's99',
    );
    await memory.embed(embedder('other'));
    expect((await memory.coverage()).embedCoverage).toBe(1);
  });

  it('asks again when it is told to wait, gives up with a reason, and never names the key', async () => {
    failures = [503, 429];
    expect(await embedder().embed(['cat', 'car'], 'passage')).toHaveLength(2);
    expect(requests).toHaveLength(3);
    expect(requests[0]?.authorization).toBe('Bearer k');
    failures = [401];
    const refused = embedder().embed(['cat'], 'query');
    await expect(refused).rejects.toThrow(EmbedderUnavailable);
    await expect(refused).rejects.toThrow(/401/);
  });

  it('that does not answer leaves the question to its words', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await new QueryVectors(embedder()).of('cat')).toBeUndefined();
  });

  it('says what to install when its library is not there', async () => {
    const absent = () => Promise.reject(new Error('Cannot find package'));
    const refused = onnxEmbedder('/models/none', 1, absent).embed(['x'], 'query');
    await expect(refused).rejects.toThrow(/npm install .*@huggingface/);
  });

  it('makes the vector of a question once', async () => {
    const queries = new QueryVectors(embedder());
    await queries.of('cat');
    await queries.of('cat');
    expect(requests).toHaveLength(1);
  });
});
