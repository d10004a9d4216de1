import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, openClawStandIn, spokenTimes } from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolAnswer } from '../../dispatch/tool.ts';
import { openClawDriver } from '../../index.ts';
import { message, openStage, type Stage, type StageOptions, task, tiers } from '../testing/stage.ts';
import { readOpenClawAnswer } from './openclaw-answer.ts';

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

async function stageWith(answer: Parameters<typeof openStage>[0], options: StageOptions = {}) {
  const stage = await openStage(answer, options);
  stages.push(stage);
  return stage;
}

function driverOn(stage: Stage, options: { path?: string | undefined; totalMs?: number } = {}) {
  return openClawDriver({
    programs: stage.programs,
    path: 'path' in options ? options.path : openClawStandIn,
    pool: stage.pool,
    tiers,
    tierDefault: 'haiku',
    stepsMax: 10,
    totalMs: options.totalMs ?? 20_000,
    now: () => stage.clock.now,
  });
}

async function programNamed(stage: Stage, script: string): Promise<string> {
  const path = join(stage.workspace, '..', '..', 'program');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const block = (value: object) => `I am done.\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\``;
const textOf = (value: unknown) => JSON.stringify(value);

describe('openclaw', () => {
  it('replies, and its usage is in the journal once', async () => {
    const stage = await stageWith(() => ({
      text: 'hello there',
      usage: { inputTokens: 500, cachedInputTokens: 200, outputTokens: 40 },
    }));
    expect(await driverOn(stage).run(message, stage.host)).toEqual({ kind: 'reply', text: 'hello there' });
    expect(stage.steps).toMatchObject([
      {
        model: 'anthropic:claude-haiku',
        text: 'hello there',
        usage: { inputTokens: 500, cachedInputTokens: 200, outputTokens: 40 },
      },
    ]);
    expect(stage.said).toEqual(['hello there']);
    expect(stage.reserved).toHaveLength(1);
    expect(textOf(stage.server.requests[0]?.turns)).toContain('Be brief.');
  });

  it('ends a task with a block of JSON, which the house checks as it checks a tool', async () => {
    const stage = await stageWith(
      (request) => ({
        text: block({ result: 'the report', evidence: spokenTimes(request) === 0 ? {} : { notes: 'n' } }),
      }),
      {
        call: async ({ input }): Promise<ToolAnswer | undefined> =>
          textOf(input?.evidence) === '{}'
            ? { status: 'refused', code: 'no_evidence', message: 'The evidence is missing.' }
            : undefined,
      },
    );
    expect(await driverOn(stage).run(task, stage.host)).toEqual({
      kind: 'task_done',
      result: 'the report',
      evidence: { notes: 'n' },
    });
    // The same session heard why.
    expect(spokenTimes(stage.server.requests[1] as never)).toBe(1);
    expect(textOf(stage.server.requests[1]?.turns)).toContain('The evidence is missing.');
  });

  it('says that it cannot go on, with the reason', async () => {
    const stage = await stageWith(() => ({ text: block({ blocked: 'no access' }) }));
    expect(await driverOn(stage).run(task, stage.host)).toEqual({ kind: 'task_blocked', reason: 'no access' });
  });

  it('is reminded twice in its session, and gives up by name', async () => {
    const stage = await stageWith(() => ({ text: 'I am done!' }));
    await expect(driverOn(stage).run(task, stage.host)).rejects.toMatchObject({ code: 'no_result' });
    expect(stage.server.requests.map(spokenTimes)).toEqual([0, 1, 2]);
  });

  it('goes on in its session after a restart, and an end that was reached stays the end', async () => {
    const stage = await stageWith((request) => ({
      text: request.number === 1 ? 'I have begun.' : block({ result: 'done' }),
    }));
    const dying = { ...stage.host, journal: { ...stage.host.journal, session: undefined } };
    Object.defineProperty(dying.journal, 'session', { get: () => stage.host.journal.session });
    dying.journal.append = async (step) => {
      await stage.host.journal.append(step);
      throw new Error('the worker died');
    };
    await expect(driverOn(stage).run(task, dying)).rejects.toThrow('the worker died');
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done', result: 'done' });
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done', result: 'done' });
    expect(stage.server.requests).toHaveLength(2);
    expect(stage.performed).toHaveLength(1);
    expect(textOf(stage.server.requests[1]?.turns)).toContain('The process was restarted');
  });

  it('rests a credential that is refused and takes the next; waits when none is left', async () => {
    const stage = await stageWith((request) => (request.key === 'key-1' ? { status: 401 } : { text: 'hello' }), {
      keys: ['key-1', 'key-2'],
    });
    expect(await driverOn(stage).run(message, stage.host)).toEqual({ kind: 'reply', text: 'hello' });
    expect(stage.notes).toContainEqual({
      type: 'credential.cooled',
      data: expect.objectContaining({ credential: 'anthropic-1', why: 'auth_failed' }),
    });
    stage.server.answer = () => ({ status: 429, message: 'rate limit' });
    await expect(
      driverOn(stage).run({ ...message }, { ...stage.host, journal: { ...stage.host.journal, steps: [] } }),
    ).rejects.toMatchObject({
      reason: 'model_unavailable',
      notBeforeAt: 1_000_000 + 30 * 60_000,
    });
  });

  it.each([
    ['an overload', { status: 529, message: 'Overloaded' }, { reason: 'model_unavailable', notBeforeAt: 1_060_000 }],
    ['an overflow', { status: 400, message: 'prompt is too long' }, { code: 'context_overflow' }],
  ] as const)('calls %s by its name', async (_what, failure, end) => {
    const stage = await stageWith(() => failure);
    await expect(driverOn(stage).run(message, stage.host)).rejects.toMatchObject(end);
  });

  it.each([
    [
      'says nothing',
      'echo "cannot use $ANTHROPIC_API_KEY" >&2; exit 3',
      'with code 3 without an answer. It said: cannot use [secret]',
    ],
    ['says garbage', 'echo "{half"', 'with code 0 without an answer'],
    ['says too much', 'yes | head -c 11000000', 'over 10000000 bytes'],
    ['does not end', 'sleep 300', 'did not end within 700 ms'],
  ])('is named when it %s', async (_what, script, words) => {
    const stage = await stageWith(() => ({ text: 'never' }), { keys: ['a-secret-of-the-house'] });
    const path = await programNamed(stage, script);
    await expect(driverOn(stage, { path, totalMs: 700 }).run(message, stage.host)).rejects.toMatchObject({
      code: 'driver_failed',
      message: expect.stringContaining(words),
    });
  });

  it('stops with all that it has started when it is told to, and is named when it is not there', async () => {
    const stage = await stageWith(() => ({ fault: 'silent' }));
    const running = driverOn(stage).run(message, stage.host);
    running.catch(() => {});
    await eventually('the question', () => stage.server.requests[0]);
    stage.controller.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
    const [child] = stage.programs.children;
    await eventually('it to be gone', () => child?.signalCode ?? child?.exitCode ?? undefined, 2_000);
    const other = await stageWith(() => ({ text: 'never' }));
    await expect(driverOn(other, { path: undefined }).run(message, other.host)).rejects.toMatchObject({
      code: 'driver_failed',
      message: expect.stringContaining('npm install -g openclaw'),
    });
  });

  it('takes no token of a subscription', async () => {
    const stage = await stageWith(() => ({ text: 'never' }), { keys: ['sk-ant-oat-1'] });
    await expect(driverOn(stage).run(message, stage.host)).rejects.toMatchObject({ code: 'model_unavailable' });
  });
});

describe('what openclaw writes', () => {
  it('is read whatever stands before it, and also as a gateway passes it on', () => {
    const answer = {
      payloads: [{ text: 'a' }, { text: 'b' }],
      meta: { agentMeta: { usage: { input: 1, output: 2 } } },
    };
    const read = { text: 'a\n\nb', usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 2 } };
    expect(readOpenClawAnswer(`plugin loaded\n${JSON.stringify(answer, null, 2)}\n`)).toEqual(read);
    expect(readOpenClawAnswer(JSON.stringify({ status: 'ok', result: answer }))).toEqual(read);
    expect(readOpenClawAnswer('')).toBeUndefined();
    expect(readOpenClawAnswer('[1, 2]')).toBeUndefined();
  });
});
