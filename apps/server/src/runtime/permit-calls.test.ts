import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideApproval } from '../domain/approvals/index.ts';
import { inTransaction } from '../domain/context/index.ts';
import { sendMessage } from '../domain/conversations/index.ts';
import { claimNextRun, type Run, recordStep, stepsOf } from '../domain/runs/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';
import { permitCalls } from './permit-calls.ts';
import { prepareTurn, type Work } from './prepare-turn.ts';
import { openJournal } from './run-journal.ts';

describe('a tool that a program brings along', () => {
  let test: TestApp;
  let tenant: Tenant;
  beforeAll(async () => {
    test = await openTestApp({ manualClock: true });
    tenant = await test.newTenant('programs');
  });
  afterAll(() => test.close());

  /** A run at work, and the house's word on what it asks; `tools` is what the operator says of each. */
  async function stage(name: string, tools: Record<string, string> = {}) {
    const { office, agents } = await test.newOffice(tenant, name);
    const [agent] = agents;
    if (agent === undefined) throw new Error('one was hired');
    await sendMessage(tenant.context, office.id, { to: { name }, content: 'hello' });
    const run = (await claimNextRun(test.system, 'w', 60_000)) as Run;
    const context = await test.asAgent(agent);
    const work = (await prepareTurn(context, run)) as Work;
    const { permit, settle } = permitCalls(context, run, { ...work, officeSettings: { tools } });
    /** The same run in the next process. */
    const again = () => permitCalls(context, run, { ...work, officeSettings: { tools } });
    const steps = () => stepsOf(context, run.id, ['tool']);
    const events = async () => {
      const query = test.system.db.selectFrom('events').select('type').where('subject_id', '=', run.id);
      return (await query.execute()).map((event) => event.type).filter((type) => /^(?:tool|approval)\./.test(type));
    };
    return { office, run, context, permit, settle, again, steps, events };
  }
  const call = { callId: 'b1_toolu_1', name: 'claude_write', input: { file_path: 'a.txt' }, risk: 'local' as const };

  it('is allowed by the policy, recorded before it is done and after, and said once', async () => {
    const { permit, settle, steps, events } = await stage('writer');
    expect([await permit(call), await permit(call)]).toEqual(['allowed', 'allowed']);
    expect(await steps()).toMatchObject([{ call_id: call.callId, name: 'claude_write', status: 'started' }]);
    await settle(call.callId, { isError: false, text: 'File created.' });
    await settle(call.callId, { isError: false, text: 'Told twice.' });
    expect(await steps()).toMatchObject([{ status: 'done', result: { text: 'File created.' } }]);
    expect(await events()).toEqual(['tool.started', 'tool.called']);
  });

  it('that failed is on record as it failed', async () => {
    const { permit, settle, steps } = await stage('failing');
    await permit(call);
    await settle(call.callId, { isError: true, text: 'EACCES: permission denied' });
    expect(await steps()).toMatchObject([
      { status: 'failed', result: { code: 'tool_failed', message: 'EACCES: permission denied' } },
    ]);
  });

  it('that was under way when the process ended is never silently done again; a look may be', async () => {
    const { permit, again, steps } = await stage('cut-off');
    const look = { ...call, callId: 'b1_toolu_2', name: 'claude_read', risk: 'read' as const };
    expect([await permit(call), await permit(look)]).toEqual(['allowed', 'allowed']);
    const { permit: permitAgain, settle } = again();
    const unknown = { refusal: expect.stringContaining('nobody knows whether it had its effect') };
    expect([await permitAgain(call), await permitAgain(look)]).toEqual([unknown, 'allowed']);
    await settle(look.callId, { isError: false, text: 'content' });
    expect(await steps()).toMatchObject([
      { status: 'failed', result: { code: 'outcome_unknown' } },
      { status: 'done', result: { text: 'content' } },
    ]);
  });

  it('is refused where the operator has switched it off', async () => {
    const { permit, steps } = await stage('held', { claude_write: 'off' });
    const refusal = { refusal: 'The office has switched "claude_write" off.' };
    expect([await permit(call), await permit(call)]).toEqual([refusal, refusal]);
    expect(await steps()).toMatchObject([{ status: 'failed', result: { code: 'tool_denied' } }]);
  });

  it('waits for a person, whose yes is good for this call once', async () => {
    const { office, run, permit, events } = await stage('asker');
    const outward = { ...call, name: 'shell', input: { command: 'ls' }, risk: 'outward' as const };
    await expect(permit(outward)).rejects.toMatchObject({ reason: 'awaiting_approval' });
    const query = test.system.db.selectFrom('approvals').selectAll().where('run_id', '=', run.id);
    const asked = await query.executeTakeFirstOrThrow();
    expect(asked).toMatchObject({ tool: 'shell', risk: 'outward', state: 'pending' });
    await decideApproval(tenant.context, office.id, asked.id, { approve: true });
    expect(await permit(outward)).toBe('allowed');
    expect(await query.executeTakeFirstOrThrow()).toMatchObject({ state: 'used' });
    expect(await events()).toContain('tool.started');
    await expect(permit({ ...outward, callId: 'b2_toolu_1' })).rejects.toMatchObject({ reason: 'awaiting_approval' });
  });

  it('is refused when a person says no, with their words', async () => {
    const { office, run, permit } = await stage('denied');
    const outward = { ...call, risk: 'outward' as const };
    await expect(permit(outward)).rejects.toMatchObject({ reason: 'awaiting_approval' });
    const query = test.system.db.selectFrom('approvals').select('id').where('run_id', '=', run.id);
    const { id } = await query.executeTakeFirstOrThrow();
    await decideApproval(tenant.context, office.id, id, { approve: false, note: 'Not on a Friday.' });
    expect(await permit(outward)).toEqual({ refusal: expect.stringContaining('Not on a Friday.') });
  });

  it('the session of the program is in the journal, the newest one', async () => {
    const { run, context } = await stage('resumer');
    const journal = await openJournal(context, run);
    expect(journal.session).toBeUndefined();
    for (const session of ['one', 'two'])
      await journal.note({ type: 'program.session', data: { session_id: session, driver: 'claude-code' } });
    await inTransaction(context, (tx) =>
      recordStep(tx, run, { kind: 'note', name: 'credential.cooled', arguments: {}, status: 'done' }),
    );
    expect(journal.session).toBe('two');
    expect((await openJournal(context, run)).session).toBe('two');
  });
});
