import { decodeCursor, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { RunRow } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';

/**
 *   queued ──claim──▶ running ──finish──▶ succeeded | failed
 *     ▲ │               │
 *     │ └──cancel───────┴──cancel──▶ cancelled
 *     └── park, lose ───┘
 *
 * A run is one piece of work for one agent. While it runs it has a lease and a fence; every write of its worker names the fence.
 */
export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export type Run = Selectable<RunRow>;

export async function loadRun(context: Context, runId: string): Promise<Run | undefined> {
  return context.db.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirst();
}

/** What an agent did, newest first. The caller has checked access to the agent. */
export async function listRunsOfAgent(context: Context, agentId: string, page: PageRequest): Promise<Page<Run>> {
  let query = context.db
    .selectFrom('runs')
    .selectAll()
    .where('agent_id', '=', agentId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('id', '<', String(decodeCursor(page.cursor, 1)[0]));
  return pageOf(await query.execute(), page.limit, (run) => [run.id]);
}

/** How many runs of the whole installation wait and are under way. */
export async function countOpenRuns(context: Context): Promise<{ queued: number; running: number }> {
  const rows = await context.db
    .selectFrom('runs')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .where('status', 'in', ['queued', 'running'])
    .groupBy('status')
    .execute();
  const countOf = (status: string) => Number(rows.find((row) => row.status === status)?.count ?? 0);
  return { queued: countOf('queued'), running: countOf('running') };
}
