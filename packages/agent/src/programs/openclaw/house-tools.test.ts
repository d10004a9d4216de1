import {
  eventually,
  lastResults,
  openClawStandIn,
  type ScriptedAnswer,
  type ScriptedRequest,
  spokenTimes,
} from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolAnswer } from '../../dispatch/tool.ts';
import { openClawDriver, TurnParked } from '../../index.ts';
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

function driverOn(stage: Stage, stepsMax = 10) {
  const { programs, pool } = stage;
  const options = { programs, pool, path: openClawStandIn, tiers, tierDefault: 'haiku', totalMs: 20_000 };
  return openClawDriver({ ...options, stepsMax, now: () => stage.clock.now });
}

const house = (name: string, input: object = {}) => ({ name: `guildhall__${name}`, input });
const done = house('task_complete', { result: 'done', evidence: { notes: 'n' } });
const textOf = (value: unknown) => JSON.stringify(value);
const allGone = (stage: Stage) =>
  eventually(
    'the program to be gone',
    () => stage.programs.children.every((child) => child.exitCode !== null || child.signalCode !== null) || undefined,
  );

/** Says one thing after the other, by how often the model has spoken in the session. */
const inTurn =
  (...answers: ScriptedAnswer[]) =>
  (request: ScriptedRequest): ScriptedAnswer =>
    answers[spokenTimes(request)] ?? { text: 'I have nothing to add.' };

describe('the house’s tools in openclaw', () => {
  it('are called, and a task is ended by one of them with its evidence', async () => {
    const stage = await stageWith(inTurn({ text: 'I look.', calls: [house('look', { at: 1 })] }, { calls: [done] }));
    expect(await driverOn(stage).run(task, stage.host)).toEqual({
      kind: 'task_done',
      result: 'done',
      evidence: { notes: 'n' },
    });
    expect(stage.performed.map(({ name, input }) => ({ name, input }))).toEqual([
      { name: 'look', input: { at: 1 } },
      { name: 'task_complete', input: done.input },
    ]);
    const [first, second] = stage.server.requests;
    expect(first?.tools).toContain('guildhall__look');
    // Its own shell and files would ask nobody: it has the house's instead.
    expect(first?.tools).toContain('guildhall__shell');
    expect(first?.tools).toContain('guildhall__workspace_read');
    expect(first?.tools).not.toContain('exec');
    expect(lastResults(second as ScriptedRequest)).toEqual(['{"ok":true,"tool":"look"}']);
    expect(stage.server.requests).toHaveLength(2);
    await allGone(stage);
  });

  it('an end that the house refuses is no end; calls beside an end are made', async () => {
    let ends = 0;
    const stage = await stageWith(() => ({ calls: [done, house('write', { text: 't' })] }), {
      call: async ({ name }): Promise<ToolAnswer | undefined> => {
        if (name !== 'task_complete' || ++ends > 1) return undefined;
        return { status: 'refused', code: 'no_evidence', message: 'The evidence is missing.' };
      },
    });
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done' });
    expect(stage.performed.map(({ name }) => name)).toEqual(['task_complete', 'write', 'task_complete', 'write']);
    expect(new Set(stage.performed.map(({ callId }) => callId)).size).toBe(4);
    expect(textOf(stage.server.requests[1]?.turns)).toContain('The evidence is missing.');
  });

  it('each answer of the model is in the journal once, with its usage and its calls, before one of them is made', async () => {
    const usage = { inputTokens: 900, cachedInputTokens: 400, outputTokens: 70 };
    const inJournal: number[] = [];
    const stage: Stage = await stageWith(
      inTurn(
        { text: 'I work.', calls: [house('write'), { name: 'plugin_exec', input: { command: 'echo hey' } }], usage },
        { text: 'Done.' },
      ),
      { call: async () => void inJournal.push(stage.steps.length) as undefined },
    );
    expect(await driverOn(stage).run(message, stage.host)).toEqual({ kind: 'reply', text: 'Done.' });
    expect(inJournal).toEqual([1]);
    expect(stage.steps).toMatchObject([
      { kind: 'answer', model: 'anthropic:claude-haiku', text: 'I work.', usage },
      { kind: 'answer', model: 'anthropic:claude-haiku', text: 'Done.', toolCalls: [] },
    ]);
    expect(stage.steps[0]?.toolCalls.map(({ name }) => name)).toEqual(['write', 'openclaw_plugin_exec']);
    expect(stage.reserved.map(({ outputTokensMax }) => outputTokensMax)).toEqual([4_096, 4_096]);
    expect(stage.said).toEqual(['Done.']);
  });

  it('a call that a person has to allow waits without a process, and is made once when the word has come', async () => {
    const word = { isGiven: false };
    const write = house('write', { text: 't' });
    const stage = await stageWith(inTurn({ calls: [write] }, { calls: [write] }, { calls: [done] }), {
      call: async ({ name }) => {
        if (name === 'write' && !word.isGiven) throw new TurnParked('awaiting_approval', 5_000);
        return undefined;
      },
    });
    await expect(driverOn(stage).run(task, stage.host)).rejects.toMatchObject({ reason: 'awaiting_approval' });
    await allGone(stage);
    await expect(driverOn(stage).run(task, stage.host)).rejects.toMatchObject({ reason: 'awaiting_approval' });
    // Nobody is asked before the word is there.
    expect(stage.programs.children).toHaveLength(1);
    word.isGiven = true;
    expect(await driverOn(stage).run(task, stage.host)).toMatchObject({ kind: 'task_done' });
    expect(stage.performed.map(({ name }) => name)).toEqual(['write', 'task_complete']);
    // The same session hears what the call came to; the model makes it again, and it is the same call.
    expect(stage.notes.filter(({ type }) => type === 'program.session')).toHaveLength(1);
    const told = textOf(stage.server.requests[1]?.turns);
    expect(told).toContain('Your last calls');
    expect(told).toContain('- write');
    expect(spokenTimes(stage.server.requests[1] as ScriptedRequest)).toBe(1);
  });

  it('a call that no answer of the model makes is made once, too, when it comes again after a crash', async () => {
    const askAgain = `node -e '${[
      'const { mcp } = JSON.parse(require("fs").readFileSync(process.env.OPENCLAW_CONFIG_PATH, "utf8"));',
      'const { url, headers } = mcp.servers.guildhall;',
      'const params = { name: "write", arguments: { text: "t" } };',
      'const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });',
      'fetch(url, { method: "POST", headers, body }).then((answer) => answer.text()).then(console.log);',
    ].join(' ')}'`;
    const stage = await stageWith((request) =>
      spokenTimes(request) < 2 ? { calls: [{ name: 'plugin_exec', input: { command: askAgain } }] } : { text: 'Done.' },
    );
    const dying = { ...stage.host, journal: Object.create(stage.host.journal) as Stage['host']['journal'] };
    dying.journal.append = async (step) => {
      if (stage.steps.length === 1) throw new Error('the worker died');
      await stage.host.journal.append(step);
    };
    await expect(driverOn(stage).run(message, dying)).rejects.toThrow('the worker died');
    expect(stage.performed).toHaveLength(1);
    expect(await driverOn(stage).run(message, stage.host)).toMatchObject({ kind: 'reply' });
    expect(stage.performed).toHaveLength(1);
  });
});

describe('what openclaw’s model costs', () => {
  it('is paid for before each call: without money it waits, and goes on in its session when there is some', async () => {
    const till = { calls: 1 };
    const stage = await stageWith(inTurn({ calls: [house('write')] }, { text: 'Done.' }), {
      reserve: async () => {
        if (--till.calls < 0) throw new TurnParked('budget_exhausted', 9_000);
      },
    });
    await expect(driverOn(stage).run(message, stage.host)).rejects.toMatchObject({
      reason: 'budget_exhausted',
      notBeforeAt: 9_000,
    });
    expect(stage.server.requests).toHaveLength(1);
    await allGone(stage);
    till.calls = 10;
    expect(await driverOn(stage).run(message, stage.host)).toEqual({ kind: 'reply', text: 'Done.' });
    expect(stage.performed).toHaveLength(1);
    expect(stage.steps).toHaveLength(2);
  });

  it('has an end, by steps', async () => {
    const stage = await stageWith(() => ({ calls: [house('look')] }));
    await expect(driverOn(stage, 4).run(task, stage.host)).rejects.toMatchObject({ code: 'step_limit' });
    expect(stage.server.requests).toHaveLength(4);
    expect(stage.steps).toHaveLength(4);
  });

  it('is in the journal for what its plugins ask the model, too', async () => {
    const command = `node -e '${[
      'const { models } = JSON.parse(require("fs").readFileSync(process.env.OPENCLAW_CONFIG_PATH, "utf8"));',
      'const headers = { "x-api-key": process.env.ANTHROPIC_API_KEY };',
      'const body = JSON.stringify({ model: "claude-opus", max_tokens: 50, messages: [] });',
      'const url = models.providers.anthropic.baseUrl + "/v1/messages";',
      'fetch(url, { method: "POST", headers, body }).then((answer) => answer.text()).then(console.log);',
    ].join(' ')}'`;
    const stage = await stageWith((request) =>
      request.model === 'claude-opus' || spokenTimes(request) > 0
        ? { text: 'Done.' }
        : { calls: [{ name: 'plugin_exec', input: { command } }] },
    );
    expect(await driverOn(stage).run(message, stage.host)).toMatchObject({ kind: 'reply' });
    const models = ['anthropic:claude-haiku', 'anthropic:claude-opus', 'anthropic:claude-haiku'];
    expect(stage.steps.map(({ model }) => model)).toEqual(models);
    expect(stage.reserved.map(({ model }) => model)).toEqual(models);
  });
});
