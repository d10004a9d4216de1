import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideApproval } from '../domain/approvals/index.ts';
import { inTransaction } from '../domain/context/index.ts';
import { sendMessage } from '../domain/conversations/index.ts';
import { claimNextRun, type Run, recordStep, stepsOf } from '../domain/runs/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';
import { permitCall } from './permit-call.ts';
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
    const permit = permitCall(context, run, { ...work, officeSettings: { tools } });
    const steps = () => stepsOf(context, run.id, ['tool']);
    const events = async () => {
      const query = test.system.db.selectFrom('events').select('type').where('subject_id', '=', run.id);
      return (await query.execute()).map((event) => event.type).filter((type) => /^(?:tool|approval)\./.test(type));
    };
    return { office, run, context, permit, steps, events };
  }
  const call = { callId: 'b1_toolu_1', name: 'claude_write', input: { file_path: 'a.txt' }, risk: 'local' as const };

  it('is allowed by the policy, recorded, and said once', async () => {
    const { permit, steps, events } = await stage('writer');
    expect([await permit(call), await permit(call)]).toEqual(['allowed', 'allowed']);
    expect(await steps()).toMatchObject([
      { call_id: call.callId, name: 'claude_write', status: 'done', result: { permitted: true } },
    ]);
    expect(await events()).toEqual(['tool.permitted']);
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
    expect(await events()).toContain('tool.permitted');
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
