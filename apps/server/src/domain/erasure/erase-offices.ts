import { type RawBuilder, sql } from 'kysely';
import type { Tables } from '../../schema/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { eraseMemoryPart } from '../memory/index.ts';
import { GRACE_MS } from '../offices/index.ts';
import { forgetTaskWords } from '../tasks/index.ts';

type Table = keyof Tables & string;

const ROWS_A_STEP = 2_000;
const STEPS_A_CALL = 50;
const AGENTS_A_STEP = 20;

/** What hangs on something of the office and does not name the office itself: it goes before that. */
const THROUGH: readonly { table: Table; column: string; owner: Table; key: string }[] = [
  { table: 'run_steps', column: 'run_id', owner: 'runs', key: 'id' },
  { table: 'task_dependencies', column: 'task_id', owner: 'tasks', key: 'id' },
  { table: 'task_required_tools', column: 'task_id', owner: 'tasks', key: 'id' },
  { table: 'channel_deliveries', column: 'conversation_id', owner: 'conversations', key: 'id' },
  { table: 'read_marks', column: 'conversation_id', owner: 'conversations', key: 'id' },
  { table: 'conversation_members', column: 'conversation_id', owner: 'conversations', key: 'id' },
  { table: 'drive_versions', column: 'file_id', owner: 'drive_files', key: 'id' },
  { table: 'file_permissions', column: 'file_id', owner: 'drive_files', key: 'id' },
];

export const OF_OFFICE: readonly Table[] = [
  'reservations',
  'approvals',
  'runs',
  'schedules',
  'task_comments',
  'task_artifacts',
  'tasks',
  'messages',
  'conversations',
  'channel_receipts',
  'drive_files',
  'drive_folders',
  'drive_usage',
  'receipts',
  'callbacks',
  'clone_transfers',
  'delegates',
  'env_vars',
  'invites',
  'model_days',
  'process_days',
  'office_integrations',
  'agent_integrations',
  'office_quotas',
  'office_secrets',
  'office_spend',
  'office_transfers',
];

/** What is an agent's own. */
const OF_AGENT: readonly Table[] = ['agent_keys', 'agent_spend', 'api_keys', 'channel_accounts'];

/**
 * Erases offices that were closed more than 30 days ago, a bounded part a call: rows, memory, folders of agents; the bytes of files go
 * with the next sweeps of the blobs. What stays is what the books and the record need: money moved, the audit chain, and the log until
 * its retention ends. Started again after a stop, it goes on where it was.
 */
export async function eraseClosedOffices(context: Context): Promise<void> {
  const closed = await context.db
    .selectFrom('offices')
    .select(['id', 'organization_id', 'name'])
    .where('deleted_at', '<=', context.house.clock.now() - GRACE_MS)
    .orderBy('deleted_at')
    .limit(1)
    .executeTakeFirst();
  if (closed === undefined) return;
  for (let step = 0; step < STEPS_A_CALL; step++) {
    if (await eraseStep(context, closed.id)) continue;
    await end(context, closed);
    return;
  }
}

/** False when nothing was left. */
async function eraseStep(context: Context, officeId: string): Promise<boolean> {
  if (await inTransaction(context, (tx) => eraseMemoryPart(tx, officeId))) return true;
  for (const { table, column, owner, key } of THROUGH) {
    const owners = sql`select ${sql.ref(key)} from ${sql.table(owner)} where office_id = ${officeId}`;
    if (await deleteSome(context, table, sql`${sql.ref(column)} in (${owners})`)) return true;
  }
  for (const table of OF_OFFICE) if (await deleteSome(context, table, sql`office_id = ${officeId}`)) return true;
  return eraseAgents(context, officeId);
}

async function deleteSome(context: Context, table: Table, where: RawBuilder<unknown>): Promise<boolean> {
  const row = context.house.engine.kind === 'postgres' ? sql`ctid` : sql`rowid`;
  const { numAffectedRows } = await inTransaction(context, (tx) =>
    sql`delete from ${sql.table(table)} where ${row} in (
      select ${row} from ${sql.table(table)} where ${where} limit ${sql.lit(ROWS_A_STEP)})`.execute(tx.db),
  );
  return (numAffectedRows ?? 0n) > 0n;
}

/** The folder first: as long as its row is there, a stop in between is made up for. */
async function eraseAgents(context: Context, officeId: string): Promise<boolean> {
  const agents = await context.db
    .selectFrom('agents')
    .select('id')
    .where('office_id', '=', officeId)
    .limit(AGENTS_A_STEP)
    .execute();
  if (agents.length === 0) return false;
  for (const { id } of agents) await context.house.removeAgentFolders(id);
  const ids = sql.join(agents.map(({ id }) => sql`${id}`));
  await inTransaction(context, async (tx) => {
    for (const table of OF_AGENT) await sql`delete from ${sql.table(table)} where agent_id in (${ids})`.execute(tx.db);
    await sql`delete from agents where id in (${ids})`.execute(tx.db);
  });
  return true;
}

async function end(context: Context, office: { id: string; organization_id: string; name: string }): Promise<void> {
  await inTransaction(context, async (tx) => {
    await tx.db.deleteFrom('api_keys').where('order_id', '=', office.id).execute();
    const gone = await tx.db.deleteFrom('offices').where('id', '=', office.id).returning('id').executeTakeFirst();
    if (gone === undefined) return;
    await forgetTaskWords(tx);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'office.erased',
      subjectId: office.id,
      data: { name: office.name },
    });
  });
}
