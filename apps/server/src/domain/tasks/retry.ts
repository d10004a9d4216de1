import { type Context, inTransaction } from '../context/index.ts';
import { cancelWaitingRunsOfTask, loadRun, type Run, retryRun } from '../runs/index.ts';
import { freshStart } from './decide.ts';
import { moveTask } from './move.ts';
import { loadTask } from './task-store.ts';

/**
 * Lets a run that failed or was stopped go on from its last step; its task, when it was blocked or given back because of that,
 * is the run's again. Throws `invalid_transition` for a run that neither failed nor was stopped.
 */
export async function retryWork(context: Context, officeId: string, runId: string): Promise<Run> {
  return inTransaction(context, async (tx) => {
    const run = await loadRun(tx, officeId, runId);
    if (run.cause_kind === 'task' && (run.status === 'failed' || run.status === 'cancelled')) {
      const scope = { organizationId: run.organization_id, officeId: run.office_id };
      const taskId = run.cause_id.slice(0, run.cause_id.indexOf('/'));
      const task = await loadTask(tx, scope, taskId, 'tasks:decide', 'row');
      if (task.state === 'blocked') await moveTask(tx, task, 'unblock', freshStart);
      // One run works on a task: the one that knows what was done already.
      if (task.state === 'blocked' || task.state === 'queued') await cancelWaitingRunsOfTask(tx, task.id);
    }
    return retryRun(tx, officeId, runId);
  });
}
