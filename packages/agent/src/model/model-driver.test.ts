import type { Json, JsonObject } from '@guildhall/kernel';
import {
  lastResults,
  type ModelServer,
  openModelServer,
  type ScriptedAnswer,
  type ScriptedRequest,
  spokenTimes,
} from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolAnswer, ToolBox } from '../dispatch/tool.ts';
import type { Turn, TurnHost } from '../driver.ts';
import {
  CredentialPool,
  type Journal,
  type JournalNote,
  type ModelCredential,
  ModelSource,
  type ModelStep,
  modelDriver,
} from '../index.ts';

const servers: ModelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(answer: ModelServer['answer']): Promise<ModelServer> {
  const server = await openModelServer(answer);
  servers.push(server);
  return server;
}

type Wire = 'anthropic' | 'openai' | 'compatible';

/** A driver on one or more credentials of a scripted server, and a host that keeps its journal in memory. */
function stage(
  server: ModelServer,
  options: { wire?: Wire; keys?: string[]; fallback?: string[]; promptTokensMax?: number; steps?: ModelStep[] } = {},
) {
  const { wire = 'anthropic', keys = ['key-1'] } = options;
  let now = 1_000_000;
  const credentials = keys.map(
    (secret, index): ModelCredential => ({
      id: `${wire}-${index + 1}`,
      provider: wire,
      secret,
      baseUrl: server.openAiUrl,
    }),
  );
  const pool = new CredentialPool(credentials, () => now);
  const source = new ModelSource({
    pool,
    tiers: {
      haiku: { anthropic: 'claude-haiku', openai: 'gpt-mini' },
      sonnet: { anthropic: 'claude-sonnet', openai: 'gpt-large' },
    },
    tierDefault: 'haiku',
    fallbackTiers: options.fallback ?? [],
    outputTokensMax: 4_000,
    silenceMs: 400,
    totalMs: 3_000,
    unavailableMs: 60_000,
    now: () => now,
    pause: async () => {},
  });
  const driver = modelDriver({ source, stepsMax: 20, promptTokensMax: options.promptTokensMax ?? 100_000 });
  const steps: ModelStep[] = [...(options.steps ?? [])];
  const notes: JournalNote[] = [];
  const called: { name: string; input: JsonObject | undefined; callId: string }[] = [];
  const said: string[] = [];
  const journal: Journal = {
    steps,
    session: undefined,
    reserve: async () => {},
    append: async (step) => void steps.push(step),
    note: async (note) => void notes.push(note),
  };
  const toolBox: ToolBox = {
    specs: ['look', 'write', 'task_complete', 'task_block', 'review_decide'].map((name) => ({
      name,
      description: name,
      inputSchema: { type: 'object', properties: {} },
    })),
    isReadOnly: (name) => name === 'look',
    call: async (call): Promise<ToolAnswer> => {
      called.push(call);
      if (call.input === undefined)
        return { status: 'refused', code: 'bad_arguments', message: 'The arguments are not a JSON object.' };
      return { status: 'done', result: { ok: true, tool: call.name } as Json };
    },
  };
  const controller = new AbortController();
  const host: TurnHost = {
    tools: { call: async () => Promise.reject(new Error('unused')) },
    toolBox,
    journal,
    say: (text) => void said.push(text),
    signal: controller.signal,
  };
  return { driver, host, steps, notes, called, said, pool, controller, advance: (ms: number) => (now += ms) };
}

const agent = {
  id: 'a',
  name: 'aria',
  role: 'researcher',
  systemPrompt: 'Be brief.',
  modelTier: 'haiku',
  modelProvider: 'none',
  officeName: 'acme',
};
const message = (text = 'hello'): Turn => ({
  agent,
  at: 0,
  credentials: [],
  cause: { kind: 'message', from: 'user', text, history: [] },
});
const task: Turn = {
  agent,
  at: 0,
  credentials: [],
  cause: {
    kind: 'task',
    number: 7,
    title: 'Write the report',
    description: 'The budget must not pass 41,250.',
    verificationType: 'manual',
    reviewNotes: null,
  },
};

describe.each(['anthropic', 'openai', 'compatible'] as const)('a model over the %s wire', (wire) => {
  it('calls tools, is told what came of them, and replies; what it says is heard as it says it', async () => {
    const server = await serve(
      (request): ScriptedAnswer =>
        spokenTimes(request) === 0
          ? {
              text: 'I look.',
              calls: [
                { name: 'look', input: { at: 1 } },
                { name: 'look', input: { at: 2 } },
              ],
            }
          : { text: `Found: ${lastResults(request).length} results, as long as a text is that comes in parts.` },
    );
    const { driver, host, called, said, steps } = stage(server, { wire });
    const outcome = await driver.run(message(), host);
    expect(outcome).toEqual({
      kind: 'reply',
      text: 'Found: 2 results, as long as a text is that comes in parts.',
    });
    expect(called.map(({ name, input }) => ({ name, input }))).toEqual([
      { name: 'look', input: { at: 1 } },
      { name: 'look', input: { at: 2 } },
    ]);
    expect(new Set(called.map((call) => call.callId)).size).toBe(2);
    expect(said.length).toBeGreaterThan(2);
    expect(steps.map((step) => step.usage)).toEqual([
      { inputTokens: 100, cachedInputTokens: 0, outputTokens: 20 },
      { inputTokens: 100, cachedInputTokens: 0, outputTokens: 20 },
    ]);
    const [first] = server.requests;
    expect(first?.key).toBe('key-1');
    expect(first?.system).toContain('Be brief.');
    expect(first?.tools).toContain('look');
  });

  it('goes on from its journal without asking again for what it has', async () => {
    const server = await serve(
      (request): ScriptedAnswer =>
        spokenTimes(request) < 2
          ? { calls: [{ name: 'write', input: { n: spokenTimes(request) } }] }
          : { calls: [{ name: 'task_complete', input: { result: 'done', evidence: { notes: 'n' } } }] },
    );
    const first = stage(server, { wire });
    const steps: ModelStep[] = [];
    const dying: Journal = {
      ...first.host.journal,
      append: async (step) => {
        steps.push(step);
        if (steps.length === 2) throw new Error('killed');
      },
    };
    Object.defineProperty(dying, 'steps', { get: () => steps });
    await expect(first.driver.run(task, { ...first.host, journal: dying })).rejects.toThrow('killed');
    const second = stage(server, { wire, steps });
    expect(await second.driver.run(task, second.host)).toEqual({
      kind: 'task_done',
      result: 'done',
      evidence: { notes: 'n' },
    });
    expect(server.requests).toHaveLength(3);
    // The calls of the kept answers are made under the same ids: the dispatcher knows what it has answered already.
    expect(second.called.map((call) => call.callId)).toEqual(['c1_1', 'c2_1', 'c3_1']);
  });

  it.each([
    ['401', { status: 401, type: 'authentication_error' }, 'auth_failed'],
    ['429', { status: 429, type: 'rate_limit_error' }, 'rate_limited'],
    ['no quota', { status: 429, type: 'insufficient_quota', message: 'insufficient_quota' }, 'out_of_quota'],
  ] as const)('rests a credential that fails with %s and takes the next', async (_what, failure, why) => {
    const server = await serve((request) => (request.key === 'key-1' ? failure : { text: 'hello' }));
    const { driver, host, notes, pool, advance } = stage(server, { wire, keys: ['key-1', 'key-2'] });
    expect(await driver.run(message(), host)).toEqual({ kind: 'reply', text: 'hello' });
    expect(notes).toEqual([
      { type: 'credential.cooled', data: expect.objectContaining({ credential: `${wire}-1`, why }) },
    ]);
    expect(pool.take(wire)?.secret).toBe('key-2');
    advance(31 * 60_000);
    expect(pool.take(wire)?.secret).toBe('key-1');
  });

  it('waits when every credential rests, until the first is back', async () => {
    const server = await serve(() => ({ status: 401 }));
    const { driver, host } = stage(server, { wire, keys: ['key-1', 'key-2'] });
    await expect(driver.run(message(), host)).rejects.toMatchObject({
      reason: 'model_unavailable',
      notBeforeAt: 1_000_000 + 30 * 60_000,
    });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['an overload', { status: 529, type: 'overloaded_error' }],
    ['a stream that breaks off', { fault: 'broken' }],
    ['garbage', { fault: 'garbage' }],
    ['silence', { fault: 'silent' }],
    ['an answer without end', { fault: 'endless' }],
  ] as const)('tries again after %s', async (_what, failure) => {
    const server = await serve((request) => (request.number === 1 ? failure : { text: 'there' }));
    const { driver, host } = stage(server, { wire });
    expect(await driver.run(message(), host)).toEqual({ kind: 'reply', text: 'there' });
    expect(server.requests).toHaveLength(2);
  });

  it('stops within the call when it is told to', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const server = await serve(() => {
      resolve();
      return { fault: 'silent' };
    });
    const { driver, host, controller } = stage(server, { wire });
    const running = driver.run(message(), host);
    await asked;
    controller.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });

  it('answers what is no JSON, and what is no tool, with a refusal that the model sees', async () => {
    const server = await serve(
      (request): ScriptedAnswer =>
        spokenTimes(request) === 0
          ? { calls: [{ name: 'write', rawInput: '{"a": ' }] }
          : { text: `The tool said: ${lastResults(request)[0]}` },
    );
    const { driver, host } = stage(server, { wire });
    expect(await driver.run(message(), host)).toMatchObject({ text: expect.stringContaining('not a JSON object') });
  });
});

describe('the model driver', () => {
  it('falls back to another model when one stays away, and says so', async () => {
    const server = await serve((request) =>
      request.model === 'claude-haiku' ? { status: 529 } : { text: 'from sonnet' },
    );
    const { driver, host, notes } = stage(server, { fallback: ['sonnet'] });
    expect(await driver.run(message(), host)).toEqual({ kind: 'reply', text: 'from sonnet' });
    expect(notes).toContainEqual({
      type: 'model.fell_back',
      data: { from: 'anthropic:claude-haiku', to: 'anthropic:claude-sonnet', why: 'overloaded' },
    });
  });

  it('marks what stays the same for the provider to keep: the instructions, the cause, and all that was said so far', async () => {
    const server = await serve((request) =>
      spokenTimes(request) < 2 ? { calls: [{ name: 'look', input: {} }] } : { text: 'seen' },
    );
    const { driver, host } = stage(server, { wire: 'anthropic' });
    await driver.run(message(), host);
    const marks = server.requests.map(({ body }) => JSON.stringify(body).split('"cache_control"').length - 1);
    expect(marks).toEqual([2, 3, 3]);
  });

  it('is charged for an answer that had no end, about as much as was said', async () => {
    let asked = 0;
    const server = await serve(() => {
      asked += 1;
      return asked === 1 ? { fault: 'endless' } : { text: 'whole' };
    });
    const { driver, host } = stage(server, { wire: 'anthropic' });
    const charged: { model: string; usage: { inputTokens: number; outputTokens: number }; why: string }[] = [];
    const journal = { ...host.journal, charge: async (call: (typeof charged)[number]) => void charged.push(call) };
    expect(await driver.run(message(), { ...host, journal })).toEqual({ kind: 'reply', text: 'whole' });
    expect(charged).toMatchObject([{ why: 'broken_answer' }]);
    expect(charged[0]?.usage.inputTokens).toBeGreaterThan(50);
    expect(charged[0]?.usage.outputTokens).toBeGreaterThan(10_000);
  });

  it('summarises its work when it grows too long, and the facts survive', async () => {
    let summaries = 0;
    const server = await serve((request): ScriptedAnswer => {
      const text = JSON.stringify(request.turns);
      if (text.includes('Write a summary that lets you go on')) {
        summaries += 1;
        return { text: `Asked: the report. Found: the supplier is Kestrel (invoices.csv). Open: page ${summaries}.` };
      }
      const seen = text.includes('supplier is Kestrel') && text.includes('41,250');
      if (seen && summaries >= 1)
        return { calls: [{ name: 'task_complete', input: { result: 'Kestrel, under 41,250' } }] };
      return { text: 'x'.repeat(6_000), calls: [{ name: 'look', input: {} }] };
    });
    const { driver, host, notes, steps } = stage(server, { promptTokensMax: 6_000 });
    expect(await driver.run(task, host)).toMatchObject({ kind: 'task_done', result: 'Kestrel, under 41,250' });
    expect(notes.map((note) => note.type)).toEqual(['context.compacted']);
    expect(steps.map((step) => step.kind)).toContain('summary');
    const last = server.requests.at(-1) as ScriptedRequest;
    // What is asked stays in its own words, whatever the summary left out.
    expect(JSON.stringify(last.turns)).toContain('The budget must not pass 41,250.');
    expect(JSON.stringify(last.body).length).toBeLessThan(20_000);
  });

  it('calls an overflow by its name instead of going round', async () => {
    const server = await serve(() => ({ status: 400, message: 'prompt is too long: 300000 tokens > 200000 maximum' }));
    const { driver, host } = stage(server);
    await expect(driver.run(message(), host)).rejects.toMatchObject({ code: 'context_overflow' });
    expect(server.requests).toHaveLength(1);
  });

  it('reminds a model that ends a task with words, and gives up by name', async () => {
    const server = await serve(() => ({ text: 'I am done!' }));
    const { driver, host } = stage(server);
    await expect(driver.run(task, host)).rejects.toMatchObject({ code: 'no_result' });
    expect(server.requests).toHaveLength(3);
    expect(JSON.stringify(server.requests[1]?.turns)).toContain('not ended by text');
  });

  it('ends a model that never comes to an end', async () => {
    const server = await serve(() => ({ calls: [{ name: 'look', input: {} }] }));
    const { driver, host } = stage(server);
    await expect(driver.run(task, host)).rejects.toMatchObject({ code: 'step_limit' });
    expect(server.requests).toHaveLength(20);
  });

  it('a compatible address without a named model is asked which it serves', async () => {
    const server = await serve((request) => ({ text: request.model }));
    const { driver, host } = stage(server, { wire: 'compatible' });
    expect(await driver.run(message(), host)).toEqual({ kind: 'reply', text: 'scripted-1' });
  });

  it('never tells the secret of a credential', async () => {
    const server = await serve(() => ({ status: 401, message: 'key-1 is not valid' }));
    const { driver, host, notes } = stage(server);
    const error = await driver.run(message(), host).catch((caught: unknown) => caught);
    expect(JSON.stringify([notes, error, String(error)])).not.toContain('key-1 ');
    expect(JSON.stringify([notes, error, String(error)])).not.toContain('"key-1"');
  });
});
