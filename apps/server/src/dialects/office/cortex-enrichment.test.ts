import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemContext } from '../../domain/context/index.ts';
import { enrichMissing } from '../../domain/memory/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';

/** A model that finds one company, on the wire of OpenAI. */
let model: Server;
let folder: string;
let calls: number;
let fails: boolean;
let test: TestApp;
let tenant: Tenant;
let officeId: string;

beforeAll(async () => {
  model = createServer((request, response) => {
    request.resume().on('end', () => {
      calls += 1;
      const things = [{ kind: 'organization', name: 'Elmsund Rope Works', aliases: ['ERW'] }];
      const content = JSON.stringify({ texts: [{ number: 1, things }] });
      response
        .writeHead(fails ? 500 : 200, { 'content-type': 'application/json' })
        .end(
          JSON.stringify({ choices: [{ message: { content } }], usage: { prompt_tokens: 900, completion_tokens: 50 } }),
        );
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => model.once('listening', resolve));
  const baseUrl = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
  folder = mkdtempSync(join(tmpdir(), 'guildhall-prices-'));
  const prices = join(folder, 'prices.json');
  writeFileSync(prices, JSON.stringify({ 'compatible:small': { input: 0.25, cachedInput: 0, output: 2 } }));
  test = await openTestApp({
    environment: {
      GUILDHALL_EXTRACTOR: 'small',
      GUILDHALL_EXTRACTOR_URL: baseUrl,
      GUILDHALL_MODEL_PRICES: prices,
    },
  });
});
afterAll(async () => {
  await test.close();
  model.closeAllConnections();
  model.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  [calls, fails] = [0, false];
  tenant = await test.newTenant('reader');
  ({
    office: { id: officeId },
  } = await test.newOffice(tenant, 'aria'));
});

const call = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${test.url}/api/v1/offices/${officeId}/${path}`, {
    method,
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers field by field.
  return (await answer.json()) as any;
};
const remember = (text: string) => call('POST', 'cortex/v1/remember', { text, metadata: {} });
const enrich = () => enrichMissing(systemContext(test.house, 'test'));
const balance = async () => (await call('GET', 'credits')).balance;

describe('a model that reads what comes in', () => {
  it('is asked only where a person chose so; once a piece, and the office pays', async () => {
    await remember('Elmsund Rope Works (ERW) delivers on Friday.');
    const before = await balance();
    await enrich();
    expect(calls).toBe(0);
    await call('PUT', 'cortex/v1/enrichment', { mode: 'model', goal: 'suppliers' });
    await enrich();
    await enrich();
    expect(calls).toBe(1);
    const enrichment = await call('GET', 'cortex/v1/enrichment');
    expect(enrichment).toMatchObject({
      mode: 'model',
      model: 'compatible:small',
      extraction_coverage: 1,
      error: null,
    });
    expect(enrichment.cost_micros).toBe(900 * 0.25 + 50 * 2);
    expect(await balance()).toBeCloseTo(before - 0.01);
    const [entity] = await call('GET', 'cortex/v1/entities?search=elmsund%20rope');
    expect(entity).toMatchObject({ kind: 'organization', name: 'Elmsund Rope Works', aliases: ['ERW'] });
  });

  it('that fails, or that the office cannot pay, is tried again later; questions are answered all the same', async () => {
    await remember('Elmsund Rope Works (ERW) delivers on Friday.');
    await call('PUT', 'cortex/v1/enrichment', { mode: 'model' });
    fails = true;
    await enrich();
    await enrich();
    expect(calls).toBe(1);
    expect(await call('GET', 'cortex/v1/enrichment')).toMatchObject({
      extraction_coverage: 0,
      error: 'The extractor answered with status 500.',
    });
    expect((await call('POST', 'cortex/v1/answer', { query: 'rope' })).results).toHaveLength(1);
    fails = false;
    await call('PATCH', 'settings', { daily_cap: 0 });
    // Choosing anew tries at once.
    await call('PUT', 'cortex/v1/enrichment', { mode: 'model' });
    await enrich();
    expect(calls).toBe(1);
    expect((await call('GET', 'cortex/v1/enrichment')).error).toContain('daily cap');
  });
});
