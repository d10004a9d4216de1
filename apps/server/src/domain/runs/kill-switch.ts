import { errors, type JsonObject } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { postponeRun } from './postpone.ts';
import type { Run } from './run-store.ts';

/** Where the pause of the whole house stands in the database, so that every process sees it at its next claim. */
const HOUSE_PAUSE = 'house_pause';
const NOTE_CHARS_MAX = 500;

export interface HousePause {
  since: number;
  by: string;
  note: string;
}

/** Whether no run of anybody starts; undefined when work goes on. */
export async function housePause(context: Context): Promise<HousePause | undefined> {
  const row = await context.db.selectFrom('meta').select('value').where('key', '=', HOUSE_PAUSE).executeTakeFirst();
  return (row?.value ?? undefined) as HousePause | undefined;
}

/** The same, for whoever runs the house and nobody else. */
export async function readHousePause(context: Context): Promise<HousePause | undefined> {
  operatorOf(context);
  return housePause(context);
}

/** Stops all work in the house before the next claim, and takes what is under way from its workers. For its operator only. */
export async function pauseHouse(context: Context, note: string): Promise<HousePause> {
  return inTransaction(context, async (tx) => {
    const { userId, organizationId } = operatorOf(tx);
    const pause: HousePause = { since: tx.house.clock.now(), by: userId, note: note.slice(0, NOTE_CHARS_MAX) };
    await tx.db
      .insertInto('meta')
      .values({ key: HOUSE_PAUSE, value: { ...pause } })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
    const returned = await returnRuns(tx, undefined);
    tell(tx, organizationId, undefined, 'house.paused', { note: pause.note, runs: returned });
    return (await housePause(tx)) ?? pause;
  });
}

/** Lets work go on everywhere. For the operator only. */
export async function resumeHouse(context: Context): Promise<void> {
  await inTransaction(context, async (tx) => {
    const { organizationId } = operatorOf(tx);
    await tx.db.deleteFrom('meta').where('key', '=', HOUSE_PAUSE).execute();
    tell(tx, organizationId, undefined, 'house.resumed', {});
    if (tx.pending !== undefined) tx.pending.runsQueued = true;
  });
}

/** Stops all work of an office before the next claim; what is under way goes back to its queue. */
export async function suspendOffice(context: Context, officeId: string, note: string): Promise<Office> {
  return setOfficeStatus(context, officeId, 'suspended', note);
}

/** Lets an office work again. */
export async function resumeOffice(context: Context, officeId: string): Promise<Office> {
  return setOfficeStatus(context, officeId, 'active', '');
}

async function setOfficeStatus(
  context: Context,
  officeId: string,
  status: 'active' | 'suspended',
  note: string,
): Promise<Office> {
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'offices:write');
    const suspension_note = status === 'active' ? '' : note.slice(0, NOTE_CHARS_MAX);
    const updated = await tx.db
      .updateTable('offices')
      .set({ status, suspension_note, updated_at: tx.house.clock.now() })
      .where('id', '=', office.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const told = note === '' ? {} : { note: note.slice(0, NOTE_CHARS_MAX) };
    // Who lets an office go that works already changes nothing.
    if (status === 'active' && office.status === 'active') return updated;
    if (status === 'active') {
      tell(tx, office.organization_id, office.id, 'office.resumed', told);
      if (tx.pending !== undefined) tx.pending.runsQueued = true;
    } else {
      const returned = await returnRuns(tx, office.id);
      tell(tx, office.organization_id, office.id, 'office.suspended', { ...told, runs: returned });
    }
    return updated;
  });
}

/** Takes running work from its workers: of one office, or of all. Returns how many runs that were. */
export async function returnRuns(tx: Context, officeId: string | undefined): Promise<number> {
  let query = tx.db.selectFrom('runs').selectAll().where('status', '=', 'running').orderBy('id');
  if (officeId !== undefined) query = query.where('office_id', '=', officeId);
  const running: Run[] = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).execute();
  for (const run of running) await postponeRun(tx, run, { reason: 'stopped', notBeforeAt: tx.house.clock.now() });
  if (running.length > 0 && tx.pending !== undefined) tx.pending.runsStopped = true;
  return running.length;
}

function operatorOf(context: Context): { userId: string; organizationId: string } {
  const { principal } = context;
  const home = principal.kind === 'user' ? principal.organizations[0] : undefined;
  if (principal.kind !== 'user' || !principal.isOperator || home === undefined) throw errors.forbidden('house:operate');
  return { userId: principal.userId, organizationId: home.id };
}

function tell(tx: Context, organizationId: string, officeId: string | undefined, type: string, data: JsonObject): void {
  record(tx, { organizationId, officeId, type, subjectId: officeId ?? organizationId, data });
}
