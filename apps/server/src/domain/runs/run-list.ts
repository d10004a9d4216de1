import { decodeCursor, errors, GuildhallError, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { cancelRun } from './cancel.ts';
import type { Run } from './run-store.ts';
import type { RunStep } from './steps.ts';

export interface RunFilter {
  agentId?: string | undefined;
  statuses?: string[] | undefined;
}

/** The runs of an office, newest first. */
export async function listRuns(
  context: Context,
  officeId: string,
  filter: RunFilter,
  page: PageRequest,
): Promise<Page<Run>> {
  const office = await loadOffice(context, officeId, 'agents:read');
  let query = context.db
    .selectFrom('runs')
    .selectAll()
    .where('office_id', '=', office.id)
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  const { principal } = context;
  // What an agent read and was told stands in its steps: its colleagues do not see it there.
  if (principal.kind === 'agent') query = query.where('agent_id', '=', principal.agentId);
  if (filter.agentId !== undefined) query = query.where('agent_id', '=', filter.agentId);
  if (filter.statuses !== undefined) query = query.where('status', 'in', [...filter.statuses, '']);
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, (run) => [run.id]);
}

/** A run of an office. Throws `not_found`. */
export async function loadRun(context: Context, officeId: string, runId: string): Promise<Run> {
  const office = await loadOffice(context, officeId, 'agents:read');
  const run = await context.db
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', runId)
    .where('office_id', '=', office.id)
    .executeTakeFirst();
  const { principal } = context;
  const isOthers = principal.kind === 'agent' && run?.agent_id !== principal.agentId;
  if (run === undefined || isOthers) throw errors.notFound('run', runId);
  return run;
}

const STEP_BYTES_MAX = 1_000_000;

/** The steps of a run, newest first, by number and by size: one step may carry a page of text. */
export async function listSteps(context: Context, run: Run, page: PageRequest): Promise<Page<RunStep>> {
  let query = context.db
    .selectFrom('run_steps')
    .selectAll()
    .where('run_id', '=', run.id)
    .orderBy('seq', 'desc')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('seq', '<', decodeCursor(page.cursor, 'number')[0]);
  const rows = await query.execute();
  let bytes = 0;
  let fitting = 0;
  for (const row of rows) {
    bytes += Buffer.byteLength(JSON.stringify(row.result) ?? '') + Buffer.byteLength(JSON.stringify(row.arguments));
    if (fitting > 0 && bytes > STEP_BYTES_MAX) break;
    fitting += 1;
  }
  return pageOf(rows.slice(0, Math.min(rows.length, fitting + 1)), Math.min(page.limit, fitting), (row) => [row.seq]);
}

/** How many runs of the installation start before this one, if nothing changes. */
export async function queuePosition(context: Context, run: Run): Promise<number | undefined> {
  if (run.status !== 'queued') return undefined;
  const { count } = await context.db
    .selectFrom('runs')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'queued')
    .where(({ eb, or, and }) =>
      or([
        eb('not_before_at', '<', run.not_before_at),
        and([eb('not_before_at', '=', run.not_before_at), eb('id', '<', run.id)]),
      ]),
    )
    .executeTakeFirstOrThrow();
  return Number(count) + 1;
}

/** Ends a run: a worker that is at it loses its fence, and with it everything it wants to write. */
export async function stopRun(context: Context, officeId: string, runId: string): Promise<Run> {
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'agents:write');
    const run = await loadRun(tx, office.id, runId);
    if (run.status === 'queued' || run.status === 'running') await cancelRun(tx, run.id, 'Somebody stopped it.');
    return loadRun(tx, office.id, runId);
  });
}

/** Lets a run that failed or was stopped go on from its last recorded step, with its limits counted anew. Throws `invalid_transition` for any other. */
export async function retryRun(context: Context, officeId: string, runId: string): Promise<Run> {
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'agents:write');
    const run = await loadRun(tx, office.id, runId);
    const now = tx.house.clock.now();
    const done = await tx.db
      .selectFrom('run_steps')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('run_id', '=', run.id)
      .where('kind', 'in', ['model', 'summary'])
      .executeTakeFirstOrThrow();
    // What nobody decided before the run ended is asked again.
    await tx.db.deleteFrom('approvals').where('run_id', '=', run.id).where('state', '=', 'expired').execute();
    const again = await tx.db
      .updateTable('runs')
      .set({
        status: 'queued',
        fence: run.fence + 1,
        attempts: 0,
        outcome: null,
        failure_code: null,
        not_before_at: now,
        finished_at: null,
        model_parks: 0,
        fresh_from: Number(done.count),
      })
      .where('id', '=', run.id)
      .where('status', 'in', ['failed', 'cancelled'])
      .returningAll()
      .executeTakeFirst();
    if (again === undefined) {
      throw new GuildhallError('invalid_transition', {
        message: `The run is ${run.status}: only a failed or cancelled run can be tried again.`,
        detail: { state: run.status },
      });
    }
    record(tx, {
      organizationId: run.organization_id,
      officeId: run.office_id,
      agentId: run.agent_id,
      type: 'run.queued',
      subjectId: run.id,
      data: { cause: run.cause_kind, cause_id: run.cause_id, retried: true },
    });
    return again;
  });
}
