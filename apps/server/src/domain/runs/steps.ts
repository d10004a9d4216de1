import { errors, type JsonObject } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { RunStepRow } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import type { Run } from './run-store.ts';

export type RunStep = Selectable<RunStepRow>;

/** The steps of a run, oldest first: a worker that takes a run over replays them instead of doing them again. */
export async function stepsOf(context: Context, runId: string): Promise<RunStep[]> {
  return context.db.selectFrom('run_steps').selectAll().where('run_id', '=', runId).orderBy('seq').execute();
}

/**
 * Notes what a tool did, in the transaction of its effect: either both are there or neither, so a step that is on record
 * has happened exactly once. Throws `stale_fence` when the run is no longer the worker's.
 */
export async function recordStep(
  tx: Context,
  run: Run,
  step: { tool: string; argumentsHash: string; arguments: JsonObject; status: 'done' | 'failed'; result: JsonObject },
): Promise<void> {
  await assertRunHeld(tx, run);
  const last = await tx.db
    .selectFrom('run_steps')
    .select('seq')
    .where('run_id', '=', run.id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  await tx.db
    .insertInto('run_steps')
    .values({
      run_id: run.id,
      seq: (last?.seq ?? 0) + 1,
      tool: step.tool,
      arguments_hash: step.argumentsHash,
      arguments: step.arguments,
      status: step.status,
      result: step.result,
      at: tx.house.clock.now(),
    })
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
