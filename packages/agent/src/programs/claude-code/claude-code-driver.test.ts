// Longer than others: every case drives one program on one stage, and the cases read as one account of how it behaves.
import { readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claudeStandIn, eventually, lastResults, type ScriptedAnswer, spokenTimes } from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolAnswer } from '../../dispatch/tool.ts';
import { claudeCodeDriver, TurnParked } from '../../index.ts';
import { message, openStage, type Stage, type StageOptions, task, tiers } from '../testing/stage.ts';

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

async function stageWith(answer: Parameters<typeof openStage>[0], options: StageOptions = {}) {
  const stage = await openStage(answer, options);
  stages.push(stage);
  return stage;
}

function driverOn(stage: Stage, options: { path?: string | undefined; stepsMax?: number; silenceMs?: number } = {}) {
  return claudeCodeDriver({
    programs: stage.programs,
    path: 'path' in options ? options.path : claudeStandIn,
    pool: stage.pool,
    tiers,
    tierDefault: 'haiku',
    stepsMax: options.stepsMax ?? 20,
    silenceMs: options.silenceMs ?? 5_000,
    now: () => stage.clock.now,
  });
}

const house = (name: string, input: object = {}) => ({ name: `mcp__guildhall__${name}`, input });
const done = house('task_complete', { result: 'done', evidence: { notes: 'n' } });
const textOf = (value: unknown) => JSON.stringify(value);

async function programNamed(stage: Stage, script: string): Promise<string> {
  const path = join(stage.workspace, '..', '..', 'program');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** One that has ended and was not yet fetched by its parent does nothing any more. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('claude code', () => {
  it('replies; what it says is heard as it says it, and each message is in the journal once with its usage', async () => {
    const stage = await stageWith((request) =>
      spokenTimes(request) === 0
        ? {
            text: 'I look.',
            calls: [house('look', { at: 1 }), house('look', { at: 2 })],
            usage: { inputTokens: 900, cachedInputTokens: 400, outputTokens: 70 },
          }
        : { text: `Found ${lastResults(request).length} results, as long as a text is that comes in parts.` },
    );
    const outcome = await driverOn(stage).run(message, stage.host);
    expect(outcome).toEqual({
      kind: 'reply',
      text: 'Found 2 results, as long as a text is that comes in parts.',
    });
    expect(stage.steps.map(({ model, usage }) => ({ model, usage }))).toEqual([
      { model: 'anthropic:claude-haiku', usage: { inputTokens: 900, cachedInputTokens: 400, outputTokens: 70 } },
      { model: 'anthropic:claude-haiku', usage: { inputTokens: 100, cachedInputTokens: 0, outputTokens: 20 } },
    ]);
    expect(stage.steps[0]).toMatchObject({
      kind: 'answer',
      text: 'I look.',
      toolCalls: [{ name: 'look' }, { name: 'look' }],
    });
    expect(stage.performed.map((call) => call.input)).toEqual([{ at: 1 }, { at: 2 }]);
    expect(stage.said.length).toBeGreaterThan(2);
    const [first] = stage.server.requests;
    expect(first?.system).toContain('Be brief.');
    expect(first?.tools).toContain('mcp__guildhall__look');
    // Its own shell and files do what ours do.
    expect(first?.tools).not.toContain('mcp__guildhall__shell');
    expect(first?.tools).not.toContain('mcp__guildhall__workspace_read');
    // Before the start, and before the answer to the calls let the model go on.
    expect(stage.reserved).toHaveLength(2);
    expect(stage.reserved[0]).toMatchObject({ model: 'anthropic:claude-haiku', outputTokensMax: 8_000 });
  });

  it('ends a task with the house’s tool and its evidence; a refused end is no end', async () => {
    let ends = 0;
    const stage = await stageWith(() => ({ calls: [house('write', { text: 't' }), done] }), {
      call: async ({ name }): Promise<ToolAnswer | undefined> => {
        if (name !== 'task_complete' || ++ends > 1) return undefined;
        return { status: 'refused', code: 'no_evidence', message: 'The evidence is missing.' };
      },
    });
    expect(await driverOn(stage).run(task, stage.host)).toEqual({
      kind: 'task_done',
      result: 'done',
      evidence: { notes: 'n' },
    });
    expect(stage.performed.map((call) => call.name)).toEqual(['write', 'task_complete', 'write', 'task_complete']);
    expect(textOf(stage.server.requests[1]?.turns)).toContain('The evidence is missing.');
    expect(new Set(stage.performed.map((call) => call.callId)).size).toBe(4);
  });

  it('is told instructions that are longer than an argument may be', async () => {
    const stage = await stageWith(() => ({ text: 'hello' }));
    const agent = { ...message.agent, systemPrompt: `${'é'.repeat(90_000)} and be kind.` };
    await driverOn(stage).run({ ...message, agent }, stage.host);
    expect(stage.server.requests[0]?.system).toContain('é and be kind.');
  });

  it('keeps an answer in the journal, and pays for the next, before it does anything about it', async () => {
    const order: string[] = [];
    const stage = await stageWith(
      (request) => (spokenTimes(request) === 0 ? { calls: [house('write')] } : { text: 'ok' }),
      {
        reserve: async () => void order.push('reserve'),
        call: async () => void order.push('call') as undefined,
      },
    );
    const append = stage.host.journal.append;
    stage.host.journal.append = async (step) => {
      order.push('append');
      await append(step);
    };
    await driverOn(stage).run(message, stage.host);
    expect(order).toEqual(['reserve', 'append', 'reserve', 'call', 'append']);
  });

  it('reminds when it stops without an end, and gives up by name', async () => {
    const stage = await stageWith(() => ({ text: 'I am done!' }));
    await expect(driverOn(stage).run(task, stage.host)).rejects.toMatchObject({ code: 'no_result' });
    expect(stage.server.requests).toHaveLength(3);
    expect(textOf(stage.server.requests[1]?.turns)).toContain('not ended by text');
    expect(stage.programs.children).toHaveLength(1);
  });

  it('ends a model that never comes to an end', async () => {
    const stage = await stageWith(() => ({ calls: [house('look')] }));
    await expect(driverOn(stage, { stepsMax: 4 }).run(task, stage.host)).rejects.toMatchObject({ code: 'step_limit' });
    expect(stage.server.requests).toHaveLength(4);
  });
});

describe('a tool of its own', () => {
  const writeFileThenSay =
    (stage: () => Stage) =>
    (request: Parameters<typeof spokenTimes>[0]): ScriptedAnswer =>
      spokenTimes(request) === 0
        ? { calls: [{ name: 'Write', input: { file_path: join(stage().workspace, 'a.txt'), content: 'hey' } }] }
        : { text: `It said: ${lastResults(request).join()}` };

  it('is used when the house allows it, under the name and the risk that the policy knows', async () => {
    const stage: Stage = await stageWith((request) => writeFileThenSay(() => stage)(request));
    expect(await driverOn(stage).run(message, stage.host)).toMatchObject({ text: 'It said: File created.' });
    expect(await readFile(join(stage.workspace, 'a.txt'), 'utf8')).toBe('hey');
    expect(stage.permitted).toMatchObject([{ name: 'claude_write', risk: 'local', input: { content: 'hey' } }]);
    expect(stage.permitted[0]?.callId).toBe(stage.steps[0]?.toolCalls[0]?.callId);
    expect(stage.settled).toEqual([{ callId: stage.permitted[0]?.callId, isError: false, text: 'File created.' }]);
  });

  it('is not used when the house refuses, and the agent is told why', async () => {
    const stage: Stage = await stageWith((request) => writeFileThenSay(() => stage)(request), {
      permit: async () => ({ refusal: 'The office has switched this off.' }),
    });
    expect(await driverOn(stage).run(message, stage.host)).toMatchObject({
      text: 'It said: The office has switched this off.',
    });
    await expect(readFile(join(stage.workspace, 'a.txt'))).rejects.toThrow('ENOENT');
  });

  it('waits for a person without a process, and goes on in its session when the word has come', async () => {
    const word = { isGiven: false };
    const stage: Stage = await stageWith(
      (request) => {
        // The real program forgets the message that it was ended in: the model makes the same call again.
        if (textOf(request.turns.at(-1)).includes('File created.')) return { calls: [done] };
        return { calls: [{ name: 'Write', input: { file_path: join(stage.workspace, 'a.txt'), content: 'hey' } }] };
      },
      {
        permit: async () => {
          if (word.isGiven) return 'allowed';
          throw new TurnParked('awaiting_approval', 5);
        },
      },
    );
    await expect(driverOn(stage).run(task, stage.host)).rejects.toMatchObject({ reason: 'awaiting_approval' });
    const [child] = stage.programs.children;
    await eventually('the program to be gone', () => (isAlive(child?.pid ?? 0) ? undefined : true));
    expect(stage.host.journal.session).toMatch(/^[0-9a-f-]{36}$/);
    word.isGiven = true;
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done' });
    // The same call: the approval that was given is the one that is asked for.
    expect(new Set(stage.permitted.map((call) => call.callId)).size).toBe(1);
    expect(stage.programs.children[1]?.spawnargs).toContain('--resume');
    const resumed = textOf(stage.server.requests[1]?.turns);
    expect(resumed).toContain('Write the report');
    expect(resumed).toContain('The process was restarted; go on where you were.');
  });
});

describe('an end that nobody wanted', () => {
  it('is named when the program is killed in the middle of its work', async () => {
    const stage = await stageWith(() => ({ calls: [{ name: 'Bash', input: { command: 'kill -9 $PPID' } }] }));
    await expect(driverOn(stage).run(task, stage.host)).rejects.toMatchObject({
      code: 'driver_failed',
      message: 'Claude Code ended by SIGKILL without a result.',
    });
    // What it answered was paid for.
    expect(stage.steps).toHaveLength(1);
  });

  it('tells the program’s last words without its secrets', async () => {
    const stage = await stageWith(() => ({ text: 'never' }), { keys: ['sk-ant-secret-1'] });
    const path = await programNamed(stage, 'echo "cannot use $ANTHROPIC_API_KEY or sk-live-12345678" >&2; exit 3');
    await expect(driverOn(stage, { path }).run(message, stage.host)).rejects.toMatchObject({
      code: 'driver_failed',
      message: 'Claude Code ended with code 3 without a result. It said: cannot use [secret] or [secret]',
    });
  });

  it('repeats no call after a crash of the worker, and tells the program what its last calls came to', async () => {
    const stage = await stageWith((request) => {
      const text = textOf(request.turns);
      if (!text.includes('restarted')) return { calls: [house('write', { n: 1 }), house('write', { n: 2 })] };
      // Once more the same call, under a new message, then the end.
      return spokenTimes(request) === 1 ? { calls: [house('write', { n: 1 })] } : { calls: [done] };
    });
    const dying = {
      ...stage.host,
      toolBox: {
        ...stage.host.toolBox,
        call: async (call: Parameters<typeof stage.host.toolBox.call>[0]) => {
          const answer = await stage.host.toolBox.call(call);
          if (call.input?.n === 1) throw new Error('the worker died');
          return answer;
        },
      },
    };
    await expect(driverOn(stage).run(task, dying)).rejects.toThrow('the worker died');
    expect(stage.performed).toHaveLength(1);
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done' });
    expect(stage.performed.map(({ name, input }) => [name, input?.n])).toEqual([
      ['write', 1],
      ['write', 2],
      ['task_complete', undefined],
    ]);
    const resumed = textOf(stage.server.requests[1]?.turns);
    expect(resumed).toContain('A call without an answer may or may not have had its effect');
    expect(resumed).toContain('Your last calls');
  });

  it('an end that was reached before the crash is the end', async () => {
    const stage = await stageWith(() => ({ calls: [done] }));
    await driverOn(stage).run(task, stage.host);
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done', result: 'done' });
    expect(stage.programs.children).toHaveLength(1);
    expect(stage.performed).toHaveLength(1);
  });

  it('a session that is gone is told anew what was done', async () => {
    const stage = await stageWith((request) =>
      textOf(request.turns).includes('What you have done so far')
        ? { calls: [done] }
        : { calls: [house('write', { n: 1 })] },
    );
    let isBroke = true;
    const reserve = stage.host.journal.reserve;
    stage.host.journal.reserve = async (call) => {
      await reserve(call);
      if (isBroke && stage.steps.length > 0) throw new TurnParked('budget_exhausted', 7);
    };
    await expect(driverOn(stage).run(task, stage.host)).rejects.toMatchObject({ reason: 'budget_exhausted' });
    // No money for what follows: the call that would have let the model go on was not made.
    expect(stage.performed).toHaveLength(0);
    isBroke = false;
    await stage.host.journal.note({ type: 'program.session', data: { session_id: 'lost', driver: 'claude-code' } });
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done' });
    expect(stage.performed.map((call) => call.name)).toEqual(['write', 'task_complete']);
    expect(textOf(stage.server.requests.at(-1)?.turns)).toContain('The budget must not pass 41,250.');
  });

  it('kills the program and all that it has started when it is told to stop', async () => {
    const stage: Stage = await stageWith(() => ({
      calls: [{ name: 'Bash', input: { command: `sleep 300 & echo $! > ${join(stage.workspace, 'pid')}; wait` } }],
    }));
    const running = driverOn(stage).run(task, stage.host);
    running.catch(() => {});
    const pid = await eventually('the shell of the program', async () => {
      const text = await readFile(join(stage.workspace, 'pid'), 'utf8').catch(() => '');
      return text.endsWith('\n') ? Number(text) : undefined;
    });
    const startedAt = performance.now();
    stage.controller.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
    const [child] = stage.programs.children;
    await eventually('both to be gone', () => (isAlive(pid) || isAlive(child?.pid ?? 0) ? undefined : true), 2_000);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it.each([
    ['too many lines that are no JSON', 'yes garbage | head -1500; sleep 300', 'over 1000 lines'],
    ['a line without end', 'head -c 11000000 /dev/zero | tr "\\0" x; sleep 300', 'over 10000000 bytes'],
  ])('%s end the turn', async (_what, script, words) => {
    const stage = await stageWith(() => ({ text: 'never' }));
    const path = await programNamed(stage, script);
    await expect(driverOn(stage, { path }).run(message, stage.host)).rejects.toMatchObject({
      code: 'driver_failed',
      message: expect.stringContaining(words),
    });
  });

  it('is the program’s when the model had no part in it', async () => {
    const stage = await stageWith(() => ({ text: 'never' }));
    const line = {
      type: 'result',
      subtype: 'error_during_execution',
      is_error: true,
      errors: ['no space left for key sk-live-12345678'],
    };
    const path = await programNamed(stage, `echo '${JSON.stringify(line)}'; exit 1`);
    await expect(driverOn(stage, { path }).run(message, stage.host)).rejects.toMatchObject({
      code: 'driver_failed',
      message: 'Claude Code failed: no space left for key [secret]',
    });
  });

  it('some lines that are no JSON do not', async () => {
    const stage = await stageWith(() => ({ text: 'hello' }));
    const path = await programNamed(stage, `yes '{"half' | head -900; echo '[1]'; exec ${claudeStandIn} "$@"`);
    expect(await driverOn(stage, { path }).run(message, stage.host)).toEqual({ kind: 'reply', text: 'hello' });
  });

  it('is named when the program is not there', async () => {
    const stage = await stageWith(() => ({ text: 'never' }));
    await expect(driverOn(stage, { path: undefined }).run(message, stage.host)).rejects.toMatchObject({
      code: 'driver_failed',
      message: expect.stringContaining('npm install -g @anthropic-ai/claude-code'),
    });
    await expect(driverOn(stage, { path: '/nowhere/claude' }).run(message, stage.host)).rejects.toMatchObject({
      code: 'driver_failed',
    });
  });
});

describe('a model that does not answer', () => {
  it.each([
    ['401', { status: 401, type: 'authentication_error', message: 'invalid x-api-key' }, 'auth_failed'],
    ['429', { status: 429, type: 'rate_limit_error', message: 'Rate limited' }, 'rate_limited'],
    ['no credit', { status: 400, message: 'Your credit balance is too low' }, 'out_of_quota'],
  ] as const)('with %s rests its credential and takes the next', async (_what, failure, why) => {
    const stage = await stageWith((request) => (request.key === 'key-1' ? failure : { text: 'hello' }), {
      keys: ['key-1', 'key-2'],
    });
    expect(await driverOn(stage).run(message, stage.host)).toEqual({ kind: 'reply', text: 'hello' });
    expect(stage.notes.filter((note) => note.type === 'credential.cooled')).toEqual([
      { type: 'credential.cooled', data: expect.objectContaining({ credential: 'anthropic-1', why }) },
    ]);
    expect(stage.pool.take('anthropic')?.secret).toBe('key-2');
    expect(stage.programs.children.map((child) => child.spawnargs.includes('--resume'))).toEqual([false, false]);
  });

  it('changes the credential in the middle of its work without doing anything twice', async () => {
    const stage = await stageWith(
      (request): ScriptedAnswer => {
        if (request.key === 'key-2') return { calls: [done] };
        return spokenTimes(request) === 0 ? { calls: [house('write', { n: 1 })] } : { status: 429 };
      },
      { keys: ['key-1', 'key-2'] },
    );
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done' });
    expect(stage.performed.map((call) => call.name)).toEqual(['write', 'task_complete']);
    expect(stage.programs.children[1]?.spawnargs).toContain('--resume');
  });

  it('parks until the first credential is back when none is left', async () => {
    const stage = await stageWith(() => ({ status: 401 }), { keys: ['key-1', 'key-2'] });
    await expect(driverOn(stage).run(message, stage.host)).rejects.toMatchObject({
      reason: 'model_unavailable',
      notBeforeAt: 1_000_000 + 30 * 60_000,
    });
  });

  it.each([
    ['an overload', { status: 529, message: 'Overloaded' }],
    ['a stream that breaks off', { fault: 'broken' }],
    ['silence', { fault: 'silent' }],
    ['an answer without end', { fault: 'endless' }],
  ] as const)('parks for a minute after %s', async (_what, failure) => {
    const stage = await stageWith(() => failure);
    await expect(driverOn(stage, { silenceMs: 1_500 }).run(message, stage.host)).rejects.toMatchObject({
      reason: 'model_unavailable',
      notBeforeAt: 1_060_000,
    });
  });

  it('calls an overflow by its name', async () => {
    const stage = await stageWith(() => ({
      status: 400,
      message: 'prompt is too long: 300000 tokens > 200000 maximum',
    }));
    await expect(driverOn(stage).run(message, stage.host)).rejects.toMatchObject({ code: 'context_overflow' });
  });
});

describe('what the program sees', () => {
  it('is its own environment, not the house’s', async () => {
    const env = async (keys: string[]) => {
      const stage = await stageWith(
        (request) =>
          spokenTimes(request) === 0
            ? { calls: [{ name: 'Bash', input: { command: 'env | cut -d= -f1 | sort | tr "\\n" " "' } }] }
            : { text: lastResults(request).join() },
        { keys },
      );
      const outcome = await driverOn(stage).run(message, stage.host);
      return outcome.kind === 'reply'
        ? outcome.text.split(' ').filter((name) => !/^(?:PWD|SHLVL|_|OLDPWD)?$/.test(name))
        : [];
    };
    process.env.GUILDHALL_SECRET_OF_THE_HOUSE = 'hidden';
    const common = ['CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC', 'CLAUDE_CODE_MAX_RETRIES'];
    const off = ['DISABLE_AUTOUPDATER', 'DISABLE_ERROR_REPORTING', 'DISABLE_TELEMETRY', 'ENABLE_TOOL_SEARCH'];
    const rest = [...common, ...off, 'HOME', 'LANG', 'PATH', 'ANTHROPIC_BASE_URL'];
    expect(await env(['key-1'])).toEqual([...rest, 'ANTHROPIC_API_KEY'].sort());
    expect(await env(['sk-ant-oat-1'])).toEqual([...rest, 'CLAUDE_CODE_OAUTH_TOKEN'].sort());
    delete process.env.GUILDHALL_SECRET_OF_THE_HOUSE;
  });
});

describe('the credential', () => {
  it('gets into no journal and no message, although the program’s shell can read it', async () => {
    const stage = await stageWith(
      (request) =>
        spokenTimes(request) === 0
          ? { calls: [{ name: 'Bash', input: { command: 'echo "it is $ANTHROPIC_API_KEY"' } }] }
          : { text: `Listen: ${lastResults(request).join()}` },
      { keys: ['a-secret-of-the-house'] },
    );
    const outcome = await driverOn(stage).run(message, stage.host);
    expect(stage.server.requests[1]?.key).toBe('a-secret-of-the-house');
    expect(outcome).toEqual({ kind: 'reply', text: 'Listen: it is [secret]' });
    expect(textOf([stage.steps, stage.notes, outcome])).not.toContain('a-secret-of-the-house');
  });
});

/** The real program, on a scripted model: it needs no key, and costs nothing. */
const real = process.env.GUILDHALL_TEST_CLAUDE;
if (real !== undefined && real !== '') {
  describe('the real claude', () => {
    const realStage = (answer: Parameters<typeof openStage>[0], options: StageOptions = {}) =>
      stageWith(answer, { ...options, isReal: true });
    const onReal = (stage: Stage) => driverOn(stage, { path: real, silenceMs: 60_000 });

    it('replies, with usage once a message, and is offered its own tools and ours and no other', async () => {
      const stage = await realStage((request) =>
        spokenTimes(request) === 0 ? { text: 'I look.', calls: [house('look', { at: 1 })] } : { text: 'Found.' },
      );
      expect(await onReal(stage).run(message, stage.host)).toEqual({ kind: 'reply', text: 'Found.' });
      expect(stage.steps.map((step) => step.usage.outputTokens)).toEqual([20, 20]);
      expect(stage.performed).toHaveLength(1);
      const tools = (stage.server.requests[0]?.tools ?? []).filter((name) => !name.startsWith('mcp__guildhall__'));
      expect(tools.sort()).toEqual(['Bash', 'Edit', 'Glob', 'Grep', 'NotebookEdit', 'Read', 'Write']);
      expect(stage.server.requests[0]?.tools).toContain('mcp__guildhall__task_complete');
      expect(stage.server.requests[0]?.system).toContain('Be brief.');
    });

    it('is told instructions that are longer than an argument may be', async () => {
      const stage = await realStage(() => ({ text: 'hello' }));
      const agent = { ...message.agent, systemPrompt: `${'é'.repeat(90_000)} and be kind.` };
      await onReal(stage).run({ ...message, agent }, stage.host);
      expect(stage.server.requests[0]?.system).toContain('é and be kind.');
    });

    it('asks about each of its own tools, also those that it would allow by itself', async () => {
      const stage: Stage = await realStage(
        (request) =>
          spokenTimes(request) === 0
            ? {
                calls: [
                  { name: 'Bash', input: { command: 'ls', description: 'look' } },
                  { name: 'Glob', input: { pattern: '*' } },
                  { name: 'Write', input: { file_path: join(stage.workspace, 'a.txt'), content: 'hey' } },
                ],
              }
            : { text: `It said: ${lastResults(request).join()}` },
        { permit: async ({ name }) => (name === 'shell' ? { refusal: 'No shell today.' } : 'allowed') },
      );
      expect(await onReal(stage).run(message, stage.host)).toMatchObject({
        text: expect.stringContaining('No shell today.'),
      });
      expect(stage.permitted.map(({ name, risk }) => [name, risk]).sort()).toEqual([
        ['claude_glob', 'read'],
        ['claude_write', 'local'],
        ['shell', 'outward'],
      ]);
      expect(await readFile(join(stage.workspace, 'a.txt'), 'utf8')).toBe('hey');
    });

    it('waits for a person and goes on in its session', async () => {
      const word = { isGiven: false };
      const stage: Stage = await realStage(
        (request) =>
          lastResults(request).join().includes('hey there')
            ? { calls: [done] }
            : { calls: [{ name: 'Bash', input: { command: 'echo hey there; true', description: 'x' } }] },
        {
          permit: async () => {
            if (word.isGiven) return 'allowed';
            throw new TurnParked('awaiting_approval', 5);
          },
        },
      );
      await expect(onReal(stage).run(task, stage.host)).rejects.toMatchObject({ reason: 'awaiting_approval' });
      word.isGiven = true;
      expect(await onReal(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done', result: 'done' });
      expect(new Set(stage.permitted.map((call) => call.callId)).size).toBe(1);
    });

    it('rests a credential that is refused, and stops when it is told to', async () => {
      const stage = await realStage((request) => (request.key === 'key-1' ? { status: 401 } : { fault: 'silent' }), {
        keys: ['key-1', 'key-2'],
      });
      const running = onReal(stage).run(message, stage.host);
      running.catch(() => {});
      await eventually('the second credential', () => stage.server.requests.find((request) => request.key === 'key-2'));
      stage.controller.abort(new Error('stopped'));
      await expect(running).rejects.toThrow('stopped');
      const [, child] = stage.programs.children;
      await eventually('it to be gone', () => (isAlive(child?.pid ?? 0) ? undefined : true), 2_000);
      expect(stage.notes.map((note) => note.type)).toContain('credential.cooled');
    });
  });
}
