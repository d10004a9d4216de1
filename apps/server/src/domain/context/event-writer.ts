import { chainEntry, GENESIS_HASH } from '@guildhall/audit';
import { errors, newId } from '@guildhall/kernel';
import { type Parameter, prepareQuery } from '@guildhall/storage';
import type { Insertable, Kysely } from 'kysely';
import type { AuditRow, EventRow, Tables } from '../../schema/index.ts';
import { actorOf } from '../access/index.ts';
import type { Context } from './context.ts';
import type { EventDraft } from './event-draft.ts';

type EventColumns = Insertable<EventRow>;
type Db = Kysely<Tables>;
type Head = { stream: string; event_seq: number; event_at: number; audit_seq: number; audit_hash: string };

const headOfStream = (db: Db, parameter: Parameter<Pick<Head, 'stream'>>) =>
  db
    .selectFrom('streams')
    .select(['event_seq', 'event_at', 'audit_seq', 'audit_hash'])
    .where('id', '=', parameter('stream'));
const selectHead = prepareQuery<Tables, Pick<Head, 'stream'>>()(headOfStream);
const lockHead = prepareQuery<Tables, Pick<Head, 'stream'>>()((db, parameter) =>
  headOfStream(db, parameter).forUpdate(),
);

const moveHead = prepareQuery<Tables, Head>()((db, parameter) =>
  db
    .updateTable('streams')
    .set({
      event_seq: parameter('event_seq'),
      event_at: parameter('event_at'),
      audit_seq: parameter('audit_seq'),
      audit_hash: parameter('audit_hash'),
    })
    .where('id', '=', parameter('stream')),
);

const EVENT_COLUMNS = [
  'stream',
  'seq',
  'office_id',
  'agent_id',
  'type',
  'subject_id',
  'actor_kind',
  'actor_id',
  'data',
  'at',
] as const;
const AUDIT_COLUMNS = ['stream', 'seq', 'id', 'at', 'type', 'actor', 'payload', 'prev_hash', 'hash'] as const;

/** `{column: parameter(column)}` for each: every value is given with the call. */
function allOf<Row, Columns extends readonly (keyof Row & string)[]>(columns: Columns, parameter: Parameter<Row>): Row {
  return Object.fromEntries(columns.map((column) => [column, parameter(column)])) as Row;
}

const insertEvent = prepareQuery<Tables, EventColumns>()((db, parameter) =>
  db.insertInto('events').values(allOf(EVENT_COLUMNS, parameter)),
);
const insertAudit = prepareQuery<Tables, AuditRow>()((db, parameter) =>
  db.insertInto('audit_entries').values(allOf(AUDIT_COLUMNS, parameter)),
);

/**
 * Writes the events and audit entries of a transaction and returns the streams written to. A stream is an organisation;
 * its row is locked from here to the commit, so sequence numbers are given in commit order and have no gaps: a reader
 * that has seen `seq` has seen all before it.
 */
export async function writeRecords(
  context: Context,
  db: Kysely<Tables>,
  kind: 'sqlite' | 'postgres',
  drafts: readonly EventDraft[],
): Promise<string[]> {
  if (drafts.length === 0) return [];
  const streams = [...new Set(drafts.map((draft) => draft.organizationId))].sort();
  for (const stream of streams) {
    const own = streams.length === 1 ? drafts : drafts.filter((draft) => draft.organizationId === stream);
    await writeStream(context, db, kind, stream, own);
  }
  return streams;
}

async function writeStream(
  context: Context,
  db: Kysely<Tables>,
  kind: 'sqlite' | 'postgres',
  stream: string,
  drafts: readonly EventDraft[],
): Promise<void> {
  const [head] = await (kind === 'postgres' ? lockHead : selectHead)(db, { stream });
  if (head === undefined) throw new Error(`the event stream ${stream} does not exist`);

  if (kind === 'postgres') await refuseMoved(db, stream, drafts);
  // Under the lock, and never back, also where the clock of this process is behind that of another: who has seen an event of a
  // time has seen all events before that time.
  const now = context.house.clock.now();
  const at = now >= head.event_at ? now : head.event_at + 1;
  const actor = actorOf(context.principal);
  const events: EventColumns[] = [];
  const audit: AuditRow[] = [];
  let auditHash = head.audit_hash;
  for (const [index, draft] of drafts.entries()) {
    const payload = {
      subject: draft.subjectId,
      office: draft.officeId,
      request: context.requestId,
      data: draft.audit ?? draft.data,
    };
    const entry = chainEntry(auditHash, {
      id: newId(),
      at,
      type: draft.type,
      actor: `${actor.kind}:${actor.id}`,
      payload,
    });
    auditHash = entry.hash;
    events.push({
      stream,
      seq: head.event_seq + index + 1,
      office_id: draft.officeId ?? null,
      agent_id: draft.agentId ?? null,
      type: draft.type,
      subject_id: draft.subjectId,
      actor_kind: draft.reportedActor?.kind ?? actor.kind,
      actor_id: draft.reportedActor?.id ?? actor.id,
      data: draft.data,
      at,
    });
    audit.push({
      stream,
      seq: head.audit_seq + index + 1,
      id: entry.id,
      at,
      type: entry.type,
      actor: entry.actor,
      payload: entry.payload,
      prev_hash: entry.prevHash,
      hash: entry.hash,
    });
  }
  if (kind === 'sqlite' || drafts.length === 1) {
    for (const event of events) await insertEvent(db, event);
    for (const entry of audit) await insertAudit(db, entry);
  } else {
    // Between processes each statement is a journey: all rows in one.
    await db.insertInto('events').values(events).execute();
    await db.insertInto('audit_entries').values(audit).execute();
  }
  await moveHead(db, {
    stream,
    event_seq: head.event_seq + drafts.length,
    event_at: at,
    audit_seq: head.audit_seq + drafts.length,
    audit_hash: auditHash,
  });
}

/**
 * What was written for an office while it changed hands would stay with who gave it away: the lock on the log is the moment at which
 * it is the one's or the other's. (On SQLite one transaction follows the other anyway.)
 */
async function refuseMoved(db: Db, stream: string, drafts: readonly EventDraft[]): Promise<void> {
  const officeIds = drafts.flatMap(({ officeId, isMove }) =>
    officeId === undefined || isMove === true ? [] : [officeId],
  );
  if (officeIds.length === 0) return;
  const moved = await db
    .selectFrom('offices')
    .select('id')
    .where('id', 'in', [...new Set(officeIds)])
    .where('organization_id', '<>', stream)
    .limit(1)
    .executeTakeFirst();
  if (moved !== undefined)
    throw errors.conflict('The office has changed hands at this very moment.', { office_id: moved.id });
}

/** Opens the log of a new organisation. */
export async function createStream(db: Kysely<Tables>, organizationId: string): Promise<void> {
  await db
    .insertInto('streams')
    .values({ id: organizationId, event_seq: 0, event_floor: 0, audit_seq: 0, audit_hash: GENESIS_HASH })
    .execute();
}
