import { cleanJson, errors, type Json, type JsonObject } from '@guildhall/kernel';
import type { Insertable, Selectable } from 'kysely';
import type { RunStepRow } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import type { Run } from './run-store.ts';

export type RunStep = Selectable<RunStepRow>;
export type StepKind = 'model' | 'summary' | 'tool' | 'note';

export interface StepInput {
  kind: StepKind;
  /** Of a tool call: unique in the run. */
  callId?: string;
  name: string;
  argumentsHash?: string;
  arguments: JsonObject;
  /** `started` has no result yet. */
  status: 'started' | 'done' | 'failed';
  result?: Json;
  usage?: { inputTokens: number; cachedInputTokens: number; outputTokens: number };
  costMicros?: number;
  durationMs?: number;
}

/** All steps of one kind of a run, oldest first: what a resumed run goes on from. */
export async function stepsOf(context: Context, runId: string, kinds: readonly StepKind[]): Promise<RunStep[]> {
  return context.db
    .selectFrom('run_steps')
    .selectAll()
    .where('run_id', '=', runId)
    .where('kind', 'in', [...kinds])
    .orderBy('seq')
    .execute();
}

/** The step of a tool call. */
export async function stepOfCall(context: Context, runId: string, callId: string): Promise<RunStep | undefined> {
  return context.db
    .selectFrom('run_steps')
    .selectAll()
    .where('run_id', '=', runId)
    .where('call_id', '=', callId)
    .executeTakeFirst();
}

/**
 * Appends a step in the caller's transaction. Written together with the effect of a tool, either both are there or neither,
 * so a step on record has happened exactly once. Throws `stale_fence` when the run is no longer the worker's.
 */
export async function recordStep(tx: Context, run: Run, step: StepInput): Promise<number> {
  await assertRunHeld(tx, run);
  const last = await tx.db
    .selectFrom('run_steps')
    .select('seq')
    .where('run_id', '=', run.id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const now = tx.house.clock.now();
  const seq = (last?.seq ?? 0) + 1;
  const row: Insertable<RunStepRow> = {
    run_id: run.id,
    seq,
    kind: step.kind,
    call_id: step.callId ?? null,
    name: step.name,
    arguments_hash: step.argumentsHash ?? '',
    arguments: cleanJson(step.arguments),
    status: step.status,
    result: cleanJson(step.result ?? null),
    input_tokens: step.usage?.inputTokens ?? 0,
    cached_input_tokens: step.usage?.cachedInputTokens ?? 0,
    output_tokens: step.usage?.outputTokens ?? 0,
    cost_micros: step.costMicros ?? 0,
    started_at: now - (step.durationMs ?? 0),
    finished_at: step.status === 'started' ? null : now,
  };
  await tx.db.insertInto('run_steps').values(row).execute();
  await tx.db.updateTable('runs').set({ current_step: step.name }).where('id', '=', run.id).execute();
  return seq;
}

/** Closes a step that was recorded as started. */
export async function endStep(
  tx: Context,
  run: Run,
  callId: string,
  end: { status: 'done' | 'failed'; result: Json },
): Promise<void> {
  await assertRunHeld(tx, run);
  await tx.db
    .updateTable('run_steps')
    .set({ status: end.status, result: cleanJson(end.result), finished_at: tx.house.clock.now() })
    .where('run_id', '=', run.id)
    .where('call_id', '=', callId)
    .execute();
}

/** Keeps what tools the agent of a run was offered. */
export async function noteTools(context: Context, run: Run, tools: { count: number; tokens: number }): Promise<void> {
  await context.db
    .updateTable('runs')
    .set({ tool_count: tools.count, tool_tokens: tools.tokens })
    .where('id', '=', run.id)
    .where('fence', '=', run.fence)
    .execute();
}

/** Throws `stale_fence` unless the run is still held under this fence; holds its row until the transaction ends. */
export async function assertRunHeld(tx: Context, run: Run): Promise<void> {
  const query = tx.db
    .selectFrom('runs')
    .select('id')
    .where('id', '=', run.id)
    .where('fence', '=', run.fence)
    .where('status', '=', 'running');
  const held = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (held === undefined) throw errors.staleFence('run', run.id);
}
