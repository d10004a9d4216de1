import { clipResult, type OwnCall, type TurnHost } from '@guildhall/agent';
import type { JsonObject } from '@guildhall/kernel';
import { askApproval, useApproval } from '../domain/approvals/index.ts';
import { type Context, inTransaction, record } from '../domain/context/index.ts';
import { type Run, recordStep, type StepInput, stepOfCall } from '../domain/runs/index.ts';
import type { Work } from './prepare-turn.ts';
import { RunDesk } from './run-desk.ts';
import { toolPolicy } from './tool-policy.ts';

/**
 * The house's word on a tool that a program brings along: the same policy, approvals and records as for a tool of ours, save
 * that the program does it. Said once for a call: the same id again gets the same word.
 */
export function permitCall(context: Context, run: Run, work: Work): NonNullable<TurnHost['permit']> {
  const policy = toolPolicy(work.officeSettings, work.agentProfile);
  const desk = new RunDesk(context, run, { policy, keepsReads: true });
  return async (call) => {
    const said = await stepOfCall(context, run.id, call.callId);
    if (said?.status === 'done') return 'allowed';
    if (said !== undefined) return { refusal: String((said.result as JsonObject | null)?.message ?? 'Not allowed.') };
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
      await recordStep(tx, run, stepOf(call, 'done', { permitted: true }));
      tell(tx, run, 'tool.permitted', call);
    });
    return 'allowed';
  };
}

async function refuse(context: Context, run: Run, call: OwnCall, refusal: string): Promise<{ refusal: string }> {
  await inTransaction(context, async (tx) => {
    await recordStep(tx, run, stepOf(call, 'failed', { code: 'tool_denied', message: refusal }));
    tell(tx, run, 'tool.refused', call);
  });
  return { refusal };
}

function stepOf(call: OwnCall, status: StepInput['status'], result: JsonObject): StepInput {
  // What a program writes into a file can be long; the log is read by people.
  const input = clipResult(call.input) as JsonObject;
  return { kind: 'tool', callId: call.callId, name: call.name, arguments: input, status, result };
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
