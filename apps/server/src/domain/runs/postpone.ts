import { type Context, record } from '../context/index.ts';
import { releaseForRun } from '../credits/index.ts';
import type { Run } from './run-store.ts';

/** Why a run waits, and until when at least. */
export interface Postponement {
  reason: 'budget_exhausted' | 'lease_lost' | 'stopped' | 'awaiting_approval' | 'awaiting_reply' | 'model_unavailable';
  notBeforeAt: number;
}

/** Puts a running run back into the queue under a new fence, so that its old worker can write nothing more. */
export async function postponeRun(tx: Context, run: Run, postponement: Postponement): Promise<void> {
  await tx.db
    .updateTable('runs')
    .set({
      status: 'queued',
      worker: null,
      lease_expires_at: null,
      fence: run.fence + 1,
      not_before_at: postponement.notBeforeAt,
      waiting_reason: postponement.reason,
      current_step: null,
      model_parks: postponement.reason === 'model_unavailable' ? run.model_parks + 1 : run.model_parks,
      // Only a lost worker counts against a run: waiting for money is not its fault.
      attempts: postponement.reason === 'lease_lost' ? run.attempts : run.attempts - 1,
    })
    .where('id', '=', run.id)
    .execute();
  await releaseForRun(tx, run.id);
  record(tx, {
    organizationId: run.organization_id,
    officeId: run.office_id,
    agentId: run.agent_id,
    type: postponement.reason === 'lease_lost' ? 'run.lost' : 'run.postponed',
    subjectId: run.id,
    data: { reason: postponement.reason, not_before_at: postponement.notBeforeAt },
  });
  if (tx.pending !== undefined) tx.pending.runsQueued = true;
}
