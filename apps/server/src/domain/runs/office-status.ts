import { isOpenRun } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import { officeBalanceCents } from '../credits/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { housePause } from './kill-switch.ts';

export interface OfficeStatus {
  phase: 'ready' | 'degraded';
  /** Where its agents work. */
  host: string;
  agents: { total: number; active: number };
  runs: { waiting: number; running: number };
  /** Why no run starts; absent when they do. */
  message?: string;
}

/** Whether the office can work, from what is in its queues now and what stands in their way. */
export async function officeStatus(context: Context, officeId: string): Promise<OfficeStatus> {
  const office = await loadOffice(context, officeId, 'offices:read');
  const agents = await context.db
    .selectFrom('agents')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .where('office_id', '=', office.id)
    .where('deleted_at', 'is', null)
    .groupBy('state')
    .execute();
  const runs = await context.db
    .selectFrom('runs')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .where('office_id', '=', office.id)
    .where(isOpenRun)
    .groupBy('status')
    .execute();
  const countOf = (rows: { count: number }[]) => rows.reduce((sum, row) => sum + Number(row.count), 0);
  const message = await whatStandsInTheWay(context, office);
  return {
    phase: message === undefined ? 'ready' : 'degraded',
    host: office.host,
    agents: { total: countOf(agents), active: countOf(agents.filter((row) => row.state === 'active')) },
    runs: {
      waiting: countOf(runs.filter((row) => row.status === 'queued')),
      running: countOf(runs.filter((row) => row.status === 'running')),
    },
    ...(message === undefined ? {} : { message }),
  };
}

async function whatStandsInTheWay(context: Context, office: Office): Promise<string | undefined> {
  const pause = await housePause(context);
  if (pause !== undefined) return sentences('All work in this installation is paused: no run starts.', pause.note);
  if (office.status !== 'active')
    return sentences(`The office is ${office.status}: no run starts.`, office.suspension_note);
  return (await officeBalanceCents(context, office.id)) > 0
    ? undefined
    : 'The office is out of credits: no run that costs starts.';
}

function sentences(what: string, note: string): string {
  return note === '' ? what : `${what} ${note}`;
}
