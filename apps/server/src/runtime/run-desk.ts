import {
  type CheckedCall,
  clipResult,
  type Desk,
  type Permission,
  type ToolAnswer,
  type ToolRisk,
  TurnParked,
} from '@guildhall/agent';
import { clipText, type Json, type JsonObject } from '@guildhall/kernel';
import { type Approval, askApproval, hasPendingApproval, useApproval } from '../domain/approvals/index.ts';
import { type Context, inTransaction, record } from '../domain/context/index.ts';
import { endStep, type Run, recordStep, type StepInput, stepOfCall } from '../domain/runs/index.ts';
import type { ToolPolicy } from './tool-policy.ts';

export interface RunDeskOptions {
  policy: ToolPolicy;
  /** Keep calls that change nothing too: a model that goes on is to see what it saw before. */
  keepsReads: boolean;
}

/** The house's side of the tool calls of one run: policy, approvals, the step log, the audit trail. */
export class RunDesk implements Desk<Context> {
  readonly #context: Context;
  readonly #run: Run;
  readonly #options: RunDeskOptions;
  readonly #approvals = new Map<string, Approval>();

  constructor(context: Context, run: Run, options: RunDeskOptions) {
    this.#context = context;
    this.#run = run;
    this.#options = options;
  }

  permissionOf(name: string, risk: ToolRisk): Permission {
    return this.#options.policy(name, risk);
  }

  async recall({ callId }: { callId: string }): Promise<ToolAnswer | 'unknown' | undefined> {
    // The first attempt has nothing to remember.
    if (this.#run.attempts <= 1 && this.#run.fence <= 1) return undefined;
    const step = await stepOfCall(this.#context, this.#run.id, callId);
    if (step === undefined) return undefined;
    if (step.status === 'done') return { status: 'done', result: step.result };
    if (step.status === 'failed') return { status: 'refused', ...(step.result as { code: string; message: string }) };
    const result = { code: 'outcome_unknown', message: 'The process ended while the tool was at work.' };
    await inTransaction(this.#context, (tx) => endStep(tx, this.#run, callId, { status: 'failed', result }));
    return 'unknown';
  }

  async approve(call: CheckedCall): Promise<'approved' | { refusal: string }> {
    const asked = { callId: call.callId, tool: call.name, risk: call.risk, arguments: call.input };
    const approval = await askApproval(this.#context, this.#run, asked);
    switch (approval.state) {
      case 'approved':
        this.#approvals.set(call.callId, approval);
        return 'approved';
      case 'pending':
        throw new TurnParked(
          'awaiting_approval',
          approval.expires_at,
          async (tx) => !(await hasPendingApproval(tx as Context, this.#run.id)),
        );
      case 'denied':
        return { refusal: `A person said no to this.${approval.note === null ? '' : ` They say: ${approval.note}`}` };
      default:
        return { refusal: 'Nobody allowed this in time.' };
    }
  }

  async perform(call: CheckedCall, work: (scope: Context) => Promise<Json>): Promise<Json> {
    if (call.isAtomic) {
      return inTransaction(this.#context, async (tx) => {
        await this.#spendApproval(tx, call);
        const result = await work(tx);
        await recordStep(tx, this.#run, stepOf(call, 'done', result));
        this.#tell(tx, 'tool.called', call);
        return result;
      });
    }
    if (call.risk === 'read') {
      const startedAt = this.#context.house.clock.now();
      const result = await work(this.#context);
      if (this.#options.keepsReads) {
        const durationMs = this.#context.house.clock.now() - startedAt;
        await inTransaction(this.#context, (tx) =>
          recordStep(tx, this.#run, { ...stepOf(call, 'done', result), durationMs }),
        );
      }
      return result;
    }
    await inTransaction(this.#context, async (tx) => {
      await this.#spendApproval(tx, call);
      await recordStep(tx, this.#run, stepOf(call, 'started'));
      this.#tell(tx, 'tool.started', call);
    });
    const result = await work(this.#context);
    await inTransaction(this.#context, async (tx) => {
      await endStep(tx, this.#run, call.callId, { status: 'done', result: clipResult(result) });
      this.#tell(tx, 'tool.called', call);
    });
    return result;
  }

  async refuse(call: CheckedCall, answer: ToolAnswer): Promise<void> {
    if (answer.status !== 'refused' || (call.risk === 'read' && !this.#options.keepsReads)) return;
    const { code, message, detail } = answer;
    const result = { code, message: clipText(message, 2_000), ...(detail === undefined ? {} : { detail }) };
    await inTransaction(this.#context, async (tx) => {
      const step = await stepOfCall(tx, this.#run.id, call.callId);
      if (step === undefined) await recordStep(tx, this.#run, stepOf(call, 'failed', result));
      else await endStep(tx, this.#run, call.callId, { status: 'failed', result });
      if (call.risk !== 'read') this.#tell(tx, 'tool.refused', call, { code });
    });
  }

  /** In the transaction of what it allows: an approval is good once. */
  async #spendApproval(tx: Context, call: CheckedCall): Promise<void> {
    const approval = this.#approvals.get(call.callId);
    if (approval !== undefined) await useApproval(tx, approval, call.name, call.input);
  }

  #tell(tx: Context, type: string, call: CheckedCall, data: JsonObject = {}): void {
    record(tx, {
      organizationId: this.#run.organization_id,
      officeId: this.#run.office_id,
      agentId: this.#run.agent_id,
      type,
      subjectId: this.#run.id,
      data: { tool: call.name, call: call.callId, risk: call.risk, ...data },
    });
  }
}

function stepOf(call: CheckedCall, status: StepInput['status'], result?: Json): StepInput {
  return {
    kind: 'tool',
    callId: call.callId,
    name: call.name,
    arguments: clip(call.input),
    status,
    ...(result === undefined ? {} : { result: clipResult(result) }),
  };
}

const ARGUMENT_CHARS_MAX = 4_000;

/** The step log is read by people: a whole file in it helps nobody. */
function clip(input: JsonObject): JsonObject {
  const short = (value: JsonObject[string]) =>
    typeof value === 'string' && value.length > ARGUMENT_CHARS_MAX ? `${clipText(value, ARGUMENT_CHARS_MAX)}…` : value;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, short(value)]));
}
