import type { Context } from '../context/index.ts';

/** What a run waited for is there: it may start now. Does nothing to a run that is under way or over. */
export async function wakeRun(tx: Context, runId: string): Promise<void> {
  // The row is the lock between this and a worker that is about to park the run: whoever comes second sees what the first did.
  if (tx.house.engine.kind === 'postgres')
    await tx.db.selectFrom('runs').select('id').where('id', '=', runId).forUpdate().execute();
  await tx.db
    .updateTable('runs')
    .set({ not_before_at: tx.house.clock.now(), waiting_reason: null })
    .where('id', '=', runId)
    .where('status', '=', 'queued')
    .execute();
  // Also when it has not been put back yet: whoever parks it is told to look again.
  if (tx.pending !== undefined) tx.pending.runsQueued = true;
}

/**
 * Somebody wrote to these agents: those of their runs that wait for an answer look again. Also locks runs that are under way,
 * so that one that is about to wait sees the message first.
 */
export async function wakeRunsAwaitingReply(tx: Context, agentIds: readonly string[]): Promise<void> {
  if (agentIds.length === 0) return;
  if (tx.house.engine.kind === 'postgres') {
    await tx.db
      .selectFrom('runs')
      .select('id')
      .where('agent_id', 'in', [...agentIds])
      .where('status', '=', 'running')
      .orderBy('id')
      .forUpdate()
      .execute();
  }
  const { numUpdatedRows } = await tx.db
    .updateTable('runs')
    .set({ not_before_at: tx.house.clock.now(), waiting_reason: null })
    .where('agent_id', 'in', [...agentIds])
    .where('status', '=', 'queued')
    .where('waiting_reason', '=', 'awaiting_reply')
    .executeTakeFirst();
  if (numUpdatedRows > 0n && tx.pending !== undefined) tx.pending.runsQueued = true;
}

/** The office has another way to its models: its runs that wait for one look again. */
export async function wakeRunsAwaitingModel(tx: Context, officeId: string): Promise<void> {
  const { numUpdatedRows } = await tx.db
    .updateTable('runs')
    .set({ not_before_at: tx.house.clock.now(), waiting_reason: null })
    .where('office_id', '=', officeId)
    .where('status', '=', 'queued')
    .where('waiting_reason', '=', 'model_unavailable')
    .executeTakeFirst();
  if (numUpdatedRows > 0n && tx.pending !== undefined) tx.pending.runsQueued = true;
}
