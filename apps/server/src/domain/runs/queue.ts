import { newId } from '@guildhall/kernel';
import { type Context, record } from '../context/index.ts';

export type CauseKind = 'message' | 'task' | 'review';

export interface QueueRunInput {
  organizationId: string;
  officeId: string;
  agentId: string;
  causeKind: CauseKind;
  /** With kind and agent unique: the same cause never makes two runs. */
  causeId: string;
}

/** Queues work for an agent in the caller's transaction. External agents fetch their own work: nothing is queued for them. */
export async function queueRun(tx: Context, input: QueueRunInput): Promise<string | undefined> {
  const agent = await tx.db
    .selectFrom('agents')
    .select(['driver', 'model_tier', 'model_provider', 'office_providers', 'run_mode', 'deleted_at'])
    .where('id', '=', input.agentId)
    .executeTakeFirst();
  if (agent === undefined || agent.deleted_at !== null || agent.driver === 'external') return undefined;
  const now = tx.house.clock.now();
  const queued = await tx.db
    .insertInto('runs')
    .values({
      id: newId(),
      organization_id: input.organizationId,
      office_id: input.officeId,
      agent_id: input.agentId,
      cause_kind: input.causeKind,
      cause_id: input.causeId,
      // Decided now: a run keeps its driver whatever is configured while it waits.
      driver: tx.house.driverOf(agent),
      status: 'queued',
      fence: 0,
      worker: null,
      lease_expires_at: null,
      not_before_at: now,
      // Such an agent takes its tasks itself when its schedule wakes it; the run is there for when that changes.
      waiting_reason: input.causeKind === 'task' && agent.run_mode === 'cron' ? 'run_mode' : null,
      attempts: 0,
      attempts_max: tx.house.limits.runAttemptsMax,
      outcome: null,
      failure_code: null,
      cost_cents: 0,
      input_tokens: 0,
      output_tokens: 0,
      cost_micros: 0,
      model: null,
      current_step: null,
      fresh_from: 0,
      model_parks: 0,
      tool_count: null,
      tool_tokens: null,
      created_at: now,
      started_at: null,
      finished_at: null,
    })
    .onConflict((conflict) => conflict.columns(['cause_kind', 'cause_id', 'agent_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (queued === undefined) return undefined;
  record(tx, {
    organizationId: input.organizationId,
    officeId: input.officeId,
    agentId: input.agentId,
    type: 'run.queued',
    subjectId: queued.id,
    data: { cause: input.causeKind, cause_id: input.causeId },
  });
  return queued.id;
}
