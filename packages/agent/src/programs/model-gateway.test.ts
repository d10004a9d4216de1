import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { claudeStandIn, eventually, lastResults, openModelServer, spokenTimes } from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { claudeCodeDriver } from './claude-code/claude-code-driver.ts';
import { type AnsweredCall, type AskedCall, type GatewayHooks, GatewayRefusal } from './gateway-hooks.ts';
import { lendCredential } from './model-gateway.ts';
import { message, openStage, tiers } from './testing/stage.ts';

const SECRET = 'sk-ant-api03-the-real-one';

describe('a lent credential', () => {
  it('opens the provider, shows its secret to nobody, and is worth nothing once it is given back', async () => {
    const model = await openModelServer(() => ({ text: 'hello' }));
    const real = { id: 'anthropic-1', provider: 'anthropic', secret: SECRET, baseUrl: model.anthropicUrl } as const;
    const { credential, close } = await lendCredential(real);
    try {
      expect(credential).toMatchObject({ id: 'anthropic-1', provider: 'anthropic' });
      expect(credential.secret).not.toContain('real');
      // Programs tell kinds of secrets apart by their beginning.
      expect(credential.secret.startsWith('sk-ant-api03-')).toBe(true);
      const ask = (key: string) =>
        fetch(`${credential.baseUrl}/messages`, {
          method: 'POST',
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
        });
      const answer = await ask(credential.secret);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('hello')]);
      expect(model.requests.map(({ key }) => key)).toEqual([SECRET]);
      expect((await ask('another')).status).toBe(401);
      expect((await ask(SECRET)).status).toBe(401);
      await close();
      await expect(ask(credential.secret)).rejects.toThrow();
    } finally {
      await model.close();
    }
  });

  it('is all that a program and its shell get to see', async () => {
    const stage = await openStage(
      (request) =>
        spokenTimes(request) === 0 ? { text: 'I am here, as somebody who answers at length.' } : { text: '' },
      { keys: [SECRET] },
    );
    try {
      const programs = {
        isSandboxed: false,
        start: stage.programs.start.bind(stage.programs),
        lend: lendCredential,
      };
      const options = { programs, path: claudeStandIn, pool: stage.pool, tiers, tierDefault: 'haiku' };
      const driver = claudeCodeDriver({ ...options, stepsMax: 5, silenceMs: 5_000 });
      expect(await driver.run(message, stage.host)).toMatchObject({ kind: 'reply' });
      expect(JSON.stringify(stage.programs.environments)).not.toContain(SECRET);
      expect(stage.server.requests.map(({ key }) => key)).toEqual([SECRET]);
    } finally {
      await stage.close();
    }
  });
});

describe('what goes through a lent credential', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A provider that answers as it is told, and a credential for it whose calls are counted. */
  async function lentTo(answer: RequestListener, before: GatewayHooks['before'] = async () => {}) {
    const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
    const provider = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push({ headers: request.headers, body });
      answer(request, response);
    });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
    const asked: AskedCall[] = [];
    const answered: AnsweredCall[] = [];
    let unanswered = 0;
    const lent = await lendCredential(
      { id: 'openai-1', provider: 'openai', secret: 'sk-the-real-one', baseUrl },
      {
        before: async (call) => {
          asked.push(call);
          await before(call);
        },
        after: async (call) => void answered.push(call),
        unanswered: () => void unanswered++,
      },
    );
    closing.push(async () => {
      provider.closeAllConnections();
      provider.close();
      await once(provider, 'close');
    }, lent.close);
    const ask = (path: string, body: string | undefined, signal?: AbortSignal) =>
      fetch(`${lent.credential.baseUrl}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${lent.credential.secret}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    return { ask, seen, asked, answered, unanswered: () => unanswered, lent };
  }

  const question = JSON.stringify({ model: 'm', max_completion_tokens: 300, messages: [] });
  const chunk = (text: string) => `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
  const whole = { choices: [{ message: { content: 'hi' } }], usage: { prompt_tokens: 3, completion_tokens: 2 } };

  it('is told before and after, and passes unchanged, never compressed', async () => {
    const { ask, seen, asked, answered, lent } = await lentTo((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-own': 'kept' }).end(JSON.stringify(whole));
    });
    const answer = await ask('/chat/completions?a=1', question);
    expect([answer.headers.get('x-own'), await answer.json()]).toEqual(['kept', whole]);
    expect(asked).toEqual([{ model: 'm', inputTokens: expect.any(Number), outputTokensMax: 300, tools: [] }]);
    expect(seen).toMatchObject([{ body: question, headers: { authorization: 'Bearer sk-the-real-one' } }]);
    expect(seen[0]?.headers['accept-encoding']).toBeUndefined();
    await lent.close();
    closing.pop();
    const usage = { inputTokens: 3, cachedInputTokens: 0, outputTokens: 2 };
    expect(answered).toEqual([{ model: 'm', usage, text: 'hi', uses: [], durationMs: expect.any(Number) }]);
  });

  it('is not passed on when it is refused, and the program is told in the provider’s words', async () => {
    let error = new Error('no money');
    const { ask, seen, answered } = await lentTo(
      () => {},
      async () => Promise.reject(error),
    );
    const refused = await ask('/messages', question);
    expect([refused.status, await refused.json()]).toMatchObject([402, { error: { type: 'billing_error' } }]);
    error = new GatewayRefusal(429, 'Too many.');
    const second = await ask('/responses', question);
    expect([second.status, await second.json()]).toMatchObject([429, { error: { message: 'Too many.' } }]);
    expect([seen, answered]).toEqual([[], []]);
  });

  it('has to be readable', async () => {
    const { ask, seen, asked } = await lentTo(() => {});
    for (const body of ['', 'no json', '[]', '{"messages": []}'])
      expect((await ask('/messages', body)).status).toBe(400);
    expect([seen, asked]).toEqual([[], []]);
  });

  it('is not counted when it costs nothing or was not answered', async () => {
    const { ask, asked, answered, unanswered } = await lentTo((request, response) => {
      response.writeHead(request.method === 'GET' ? 200 : 529, { 'content-type': 'application/json' }).end('{}');
    });
    expect((await ask('/models', undefined)).status).toBe(200);
    expect((await ask('/messages/count_tokens', question)).status).toBe(529);
    expect(asked).toEqual([]);
    expect((await ask('/messages', question)).status).toBe(529);
    await eventually('its end', () => unanswered() || undefined);
    expect([asked.length, answered]).toEqual([1, []]);
  });

  it('is estimated when the answer broke off, whoever broke it', async () => {
    const { ask, answered, asked, lent } = await lentTo((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      // Broken off once what was said is on its way.
      response.write(chunk('x'.repeat(80)), () => {
        if (asked.length === 1) setImmediate(() => response.destroy());
      });
    });
    await expect(ask('/chat/completions', question).then((answer) => answer.text())).rejects.toThrow();
    await eventually('its end', () => answered[0]);
    const leaving = new AbortController();
    const second = await ask('/chat/completions', question, leaving.signal);
    await second.body?.getReader().read();
    leaving.abort();
    await eventually('the other’s end', () => answered[1]);
    const third = await ask('/chat/completions', question);
    await third.body?.getReader().read();
    // What was asked is counted before whoever lent it goes on.
    await lent.close();
    closing.pop();
    const inputTokens = asked[0]?.inputTokens;
    const usage = { inputTokens, cachedInputTokens: 0, outputTokens: 20 };
    expect(answered.map((call) => call.usage)).toEqual([usage, usage, usage]);
  });

  /** Claude Code, whose shell asks the model twelve times, offering it these tools. */
  async function shellThatAsks(tools: object[]) {
    const body = JSON.stringify({ model: 'claude-opus', messages: [], stream: true, tools });
    const command = `node -e '${[
      'const headers = { "x-api-key": process.env.ANTHROPIC_API_KEY };',
      `const body = JSON.stringify(${body});`,
      'const ask = () => fetch(process.env.ANTHROPIC_BASE_URL + "/v1/messages", { method: "POST", headers, body });',
      '(async () => { for (let i = 0; i < 12; i++) console.log((await ask()).status); })();',
    ].join(' ')}'`;
    const stage = await openStage((request) => {
      if (request.model === 'claude-opus') return { text: 'for nothing' };
      if (spokenTimes(request) > 0) return { text: `It got ${lastResults(request).join()}` };
      return { calls: [{ name: 'Bash', input: { command } }] };
    });
    closing.push(stage.close);
    const programs = { isSandboxed: true, start: stage.programs.start.bind(stage.programs), lend: lendCredential };
    const options = { programs, path: claudeStandIn, pool: stage.pool, tiers, tierDefault: 'haiku' };
    const outcome = claudeCodeDriver({ ...options, stepsMax: 5, silenceMs: 5_000 }).run(message, stage.host);
    return { outcome, stage, asked: () => stage.server.requests.filter(({ model }) => model === 'claude-opus').length };
  }

  it('is for the conversation that claude code leads: its shell cannot drain it', async () => {
    const { outcome, stage, asked } = await shellThatAsks([]);
    const answers = [...Array(8).fill(200), ...Array(4).fill(429)];
    expect(await outcome).toMatchObject({ text: `It got ${answers.join('\n')}\n`.trim() });
    expect(asked()).toBe(8);
    expect(stage.steps).toHaveLength(2);
  });

  it('nor when it says that it is the conversation; and the house’s credential does not rest for it', async () => {
    const { outcome, stage, asked } = await shellThatAsks([{ name: 'mcp__guildhall__look' }]);
    await expect(outcome).rejects.toMatchObject({ code: 'driver_failed', message: expect.stringContaining('beside') });
    expect(asked()).toBeLessThanOrEqual(3);
    expect(stage.notes.filter(({ type }) => type === 'credential.cooled')).toEqual([]);
  });
});
