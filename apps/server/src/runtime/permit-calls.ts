import { clipResult, type OwnCall, type TurnHost } from '@guildhall/agent';
import type { Json, JsonObject } from '@guildhall/kernel';
import { askApproval, useApproval } from '../domain/approvals/index.ts';
import { type Context, inTransaction, record } from '../domain/context/index.ts';
import { endStep, type Run, recordStep, type StepInput, stepOfCall } from '../domain/runs/index.ts';
import type { Work } from './prepare-turn.ts';
import { RunDesk } from './run-desk.ts';
import { toolPolicy } from './tool-policy.ts';

const UNKNOWN =
  'The process ended while this was under way, so nobody knows whether it had its effect. Look what came of it; if it is to be done again, make a new call.';

/**
 * The house's word on tools that a program brings along: the same policy, approvals and records as for a tool of ours, save
 * that the program does it. Said once for a call: the same id again gets the same word, unless it was under way when an
 * earlier process ended. `settle` keeps what came of it.
 */
export function permitCalls(context: Context, run: Run, work: Work): Required<Pick<TurnHost, 'permit' | 'settle'>> {
  const policy = toolPolicy(work.officeSettings, work.agentProfile);
  const desk = new RunDesk(context, run, { policy, keepsReads: true });
  /** What this process has allowed and not heard of yet. */
  const underWay = new Map<string, OwnCall>();

  const permit = async (call: OwnCall): Promise<'allowed' | { refusal: string }> => {
    const said = await stepOfCall(context, run.id, call.callId);
    if (said?.status === 'failed')
      return { refusal: String((said.result as JsonObject | null)?.message ?? 'Not allowed.') };
    if (said?.status === 'started' && !underWay.has(call.callId) && call.risk !== 'read') {
      const result = { code: 'outcome_unknown', message: UNKNOWN };
      await inTransaction(context, (tx) => endStep(tx, run, call.callId, { status: 'failed', result }));
      return { refusal: UNKNOWN };
    }
    underWay.set(call.callId, call);
    if (said !== undefined) return 'allowed';
    const permission = desk.permissionOf(call.name, call.risk);
    if (permission === 'off') return refuse(context, run, call, `The office has switched "${call.name}" off.`);
    if (permission === 'ask') {
      const decision = await desk.approve({ ...call, isAtomic: true });
      if (decision !== 'approved') return refuse(context, run, call, decision.refusal);
    }
    await inTransaction(context, async (tx) => {
      if (permission === 'ask') {
        // It is known by now: asking again answers with what was decided.
        const asked = { callId: call.callId, tool: call.name, risk: call.risk, arguments: call.input };
        await useApproval(tx, await askApproval(tx, run, asked), call.name, call.input);
      }
      await recordStep(tx, run, stepOf(call, 'started'));
      tell(tx, run, 'tool.started', call);
    });
    return 'allowed';
  };

  const settle = async (callId: string, end: { isError: boolean; text: string }): Promise<void> => {
    const call = underWay.get(callId);
    if (call === undefined) return;
    underWay.delete(callId);
    const result = end.isError ? { code: 'tool_failed', message: end.text } : { text: end.text };
    await inTransaction(context, async (tx) => {
      await endStep(tx, run, callId, { status: end.isError ? 'failed' : 'done', result: clipResult(result) });
      tell(tx, run, 'tool.called', call);
    });
  };
  return { permit, settle };
}

async function refuse(context: Context, run: Run, call: OwnCall, refusal: string): Promise<{ refusal: string }> {
  await inTransaction(context, async (tx) => {
    await recordStep(tx, run, stepOf(call, 'failed', { code: 'tool_denied', message: refusal }));
    tell(tx, run, 'tool.refused', call);
  });
  return { refusal };
}

function stepOf(call: OwnCall, status: StepInput['status'], result?: Json): StepInput {
  // What a program writes into a file can be long; the log is read by people.
  const input = clipResult(call.input) as JsonObject;
  const step: StepInput = { kind: 'tool', callId: call.callId, name: call.name, arguments: input, status };
  return result === undefined ? step : { ...step, result };
}

function tell(tx: Context, run: Run, type: string, call: OwnCall): void {
  record(tx, {
    organizationId: run.organization_id,
    officeId: run.office_id,
    agentId: run.agent_id,
    type,
    subjectId: run.id,
    data: { tool: call.name, call: call.callId, risk: call.risk },
  });
}
