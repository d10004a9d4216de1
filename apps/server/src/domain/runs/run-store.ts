import type { Selectable } from 'kysely';
import { isOpenRun, type RunRow } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';

/**
 *   queued ──claim──▶ running ──finish──▶ succeeded | failed
 *     ▲ │               │
 *     │ └──cancel───────┴──cancel──▶ cancelled
 *     └── park, lose ───┘
 *
 * A run is one piece of work for one agent. While it runs it has a lease and a fence; every write of its worker names the fence.
 */
export type Run = Selectable<RunRow>;

/** How many runs of the whole installation wait and are under way. */
export async function countOpenRuns(context: Context): Promise<{ queued: number; running: number }> {
  const rows = await context.db
    .selectFrom('runs')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .where(isOpenRun)
    .groupBy('status')
    .execute();
  const countOf = (status: string) => Number(rows.find((row) => row.status === status)?.count ?? 0);
  return { queued: countOf('queued'), running: countOf('running') };
}
