import { decodeCursor, errors, type JsonObject, newId, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { CallbackRow } from '../../schema/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

/** What the machine of an office or an agent told of itself. */
export type Callback = Selectable<CallbackRow>;

const LOGIN = /^(?:ssh|terminal)(?:[._:-]|$)/;
const PAYLOAD_CHARS_MAX = 64_000;
const PRUNED_AT_ONCE_MAX = 10_000;

/** Keeps what a machine tells, and tells it on as an event (without the payload, which may be large). */
export async function keepCallback(
  context: Context,
  officeId: string,
  told: { type: string; payload: JsonObject },
): Promise<Callback> {
  if (JSON.stringify(told.payload).length > PAYLOAD_CHARS_MAX)
    throw errors.validationFailed('payload', `is longer than ${PAYLOAD_CHARS_MAX} characters as JSON`);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'tasks:write');
    const agentId = tx.principal.kind === 'agent' ? tx.principal.agentId : null;
    const callback = await tx.db
      .insertInto('callbacks')
      .values({
        id: newId(),
        office_id: office.id,
        agent_id: agentId,
        type: told.type,
        payload: told.payload,
        created_at: tx.house.clock.now(),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      ...(agentId === null ? {} : { agentId }),
      // Who logged in is looked for by itself.
      type: LOGIN.test(told.type) ? 'terminal.reported' : 'callback.received',
      subjectId: callback.id,
      data: { type: told.type },
    });
    return callback;
  });
}

/** Newest first; an agent sees its own. */
export async function listCallbacks(context: Context, officeId: string, page: PageRequest): Promise<Page<Callback>> {
  let query = (await visible(context, officeId)).orderBy('id', 'desc').limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, ({ id }) => [id]);
}

export async function loadCallback(context: Context, officeId: string, callbackId: string): Promise<Callback> {
  const callback = await (await visible(context, officeId)).where('id', '=', callbackId).executeTakeFirst();
  if (callback === undefined) throw errors.notFound('callback', callbackId);
  return callback;
}

async function visible(context: Context, officeId: string) {
  const office = await loadOffice(context, officeId, 'events:read');
  const query = context.db.selectFrom('callbacks').selectAll().where('office_id', '=', office.id);
  const { principal } = context;
  return principal.kind === 'agent' ? query.where('agent_id', '=', principal.agentId) : query;
}

/** They are kept as long as events are. Ids grow with time, so the oldest lie together. */
export async function pruneCallbacks(context: Context, before: number): Promise<void> {
  const old = await context.db
    .selectFrom('callbacks')
    .select('id')
    .where('created_at', '<', before)
    .orderBy('id')
    .limit(PRUNED_AT_ONCE_MAX)
    .execute();
  if (old.length === 0) return;
  await context.db
    .deleteFrom('callbacks')
    .where('id', '<=', old.at(-1)?.id ?? '')
    .execute();
}
