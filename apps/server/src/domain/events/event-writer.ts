import { chainEntry, GENESIS_HASH } from '@guildhall/audit';
import { type JsonObject, newId } from '@guildhall/kernel';
import type { Insertable, Kysely } from 'kysely';
import type { AuditRow, EventRow, Tables } from '../../schema/index.ts';
import { actorOf } from '../access/index.ts';
import type { Context } from '../context/index.ts';

/** One change, as it is told: the log gets `data`, the audit chain gets `audit` (default: the same). */
export interface EventDraft {
  organizationId: string;
  officeId?: string | undefined;
  agentId?: string | undefined;
  /** `resource.verb`, in the past tense: `task.created`. */
  type: string;
  subjectId: string;
  data: JsonObject;
  /** For what must not be kept for ever (message texts): what the audit chain holds instead. */
  audit?: JsonObject;
  /** Whom the caller reports as the one who acted. The audit chain always names the caller itself. */
  reportedActor?: { kind: string; id: string };
}

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
  const query = db.selectFrom('streams').select(['event_seq', 'audit_seq', 'audit_hash']).where('id', '=', stream);
  const head = await (kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (head === undefined) throw new Error(`the event stream ${stream} does not exist`);

  const at = context.house.clock.now();
  const actor = actorOf(context.principal);
  const events: Insertable<EventRow>[] = [];
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
  await db.insertInto('events').values(events).execute();
  await db.insertInto('audit_entries').values(audit).execute();
  await db
    .updateTable('streams')
    .set({
      event_seq: head.event_seq + drafts.length,
      audit_seq: head.audit_seq + drafts.length,
      audit_hash: auditHash,
    })
    .where('id', '=', stream)
    .execute();
}

/** Opens the log of a new organisation. */
export async function createStream(db: Kysely<Tables>, organizationId: string): Promise<void> {
  await db
    .insertInto('streams')
    .values({ id: organizationId, event_seq: 0, event_floor: 0, audit_seq: 0, audit_hash: GENESIS_HASH })
    .execute();
}
