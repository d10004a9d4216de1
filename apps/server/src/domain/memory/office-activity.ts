import { type IndexResult, lockStore, type MemorySource } from '@guildhall/cortex';
import { parseSessionFrame } from '@guildhall/kernel';
import { type Context, inTransaction, systemWithin } from '../context/index.ts';
import { headOf } from '../events/index.ts';
import type { Office } from '../offices/index.ts';
import { keepSources } from './keep.ts';
import { conversationAudience, tables } from './memory-place.ts';

const FEED = 'activity';
const ITEMS_A_TURN = 500;
/** So much is taken in before a question is answered; a longer backlog is worked off in the background. */
const TURNS_A_QUESTION = 3;

/**
 * Takes what was said in chat and what became of tasks into the memory, from the event log and with its cursor: in order,
 * nothing twice, nothing left out. Writing a message or a task costs nothing more that way, and a question sees both.
 * Returns how far behind the log it still is.
 */
export async function takeInActivity(context: Context, office: Office, turns = TURNS_A_QUESTION): Promise<number> {
  for (let turn = 0; turn < turns; turn++) {
    const head = (await headOf(context, office.organization_id)).seq;
    const cursor = await cursorOf(context, office.id);
    if (cursor >= head) return 0;
    // A question inside of a transaction reads on in it; its memory is written with it.
    const left = await inTransaction(systemWithin(context), (tx) => takeInTurn(tx, office));
    if (left === 0) return 0;
  }
  return 1;
}

/** Reads everything of an office again, since its events go on in another log. What is known already is not doubled. */
export async function rereadActivity(tx: Context, officeId: string): Promise<void> {
  const store = tables(tx).selectFrom('memory_stores').select('number').where('office_id', '=', officeId);
  await tables(tx)
    .updateTable('memory_feeds')
    .set({ cursor: '0', settings: JSON.stringify({}) as never })
    .where('store', 'in', store)
    .where('feed_key', '=', FEED)
    .execute();
}

async function cursorOf(context: Context, officeId: string): Promise<number> {
  const feed = await tables(context)
    .selectFrom('memory_feeds')
    .innerJoin('memory_stores', 'memory_stores.number', 'memory_feeds.store')
    .select('memory_feeds.cursor')
    .where('memory_stores.office_id', '=', officeId)
    .where('memory_feeds.feed_key', '=', FEED)
    .executeTakeFirst();
  return Number(feed?.cursor ?? 0);
}

async function scanOf(tx: Context, store: number): Promise<Scan | undefined> {
  const feed = await tables(tx)
    .selectFrom('memory_feeds')
    .select('settings')
    .where('store', '=', store)
    .where('feed_key', '=', FEED)
    .executeTakeFirst();
  return feed?.settings.scan as Scan | undefined;
}

/** One bounded step under the store's lock; returns how many events may be left. */
async function takeInTurn(tx: Context, office: Office): Promise<number> {
  const store = await lockStore(tables(tx), tx.house.engine.kind, office.id);
  const head = await headOf(tx, office.organization_id);
  const cursor = await cursorOf(tx, office.id);
  if (cursor >= head.seq) return 0;
  const begun = await scanOf(tx, store.number);
  const isCut = cursor < head.floor || cursor === 0;
  const { sources, next, scan } = isCut
    ? await readPage(tx, office, begun ?? { of: 'messages', after: '', head: head.seq })
    : await readSince(tx, office, cursor, head.seq);
  const settings = JSON.stringify(scan === undefined ? {} : { scan }) as never;
  const result: IndexResult | undefined = sources.length === 0 ? undefined : await keepSources(tx, office, sources);
  const now = tx.house.clock.now();
  await tables(tx)
    .insertInto('memory_feeds')
    .values({
      store: store.number,
      feed_key: FEED,
      title: 'Chat and tasks of the office',
      kind: 'activity',
      settings,
      cursor: String(next),
      state: 'ready',
      item_count: result?.added ?? 0,
      error: null,
      last_item_at: now,
      synced_at: now,
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['store', 'feed_key']).doUpdateSet((expression) => ({
        cursor: String(next),
        settings,
        item_count: expression('memory_feeds.item_count', '+', result?.added ?? 0),
        synced_at: now,
        ...(sources.length === 0 ? {} : { last_item_at: now }),
      })),
    )
    .execute();
  return head.seq - next;
}

interface Turn {
  sources: MemorySource[];
  /** Where the log is read on. */
  next: number;
  /** Set while not everything was read yet. */
  scan?: Scan;
}

async function readSince(tx: Context, office: Office, cursor: number, head: number): Promise<Turn> {
  const events = await tx.db
    .selectFrom('events')
    .select(['seq', 'type', 'subject_id', 'data'])
    .where('stream', '=', office.organization_id)
    .where('seq', '>', cursor)
    .where('office_id', '=', office.id)
    .where(({ or, eb, and }) =>
      or([eb('type', '=', 'message.sent'), and([eb('type', '>', 'task.'), eb('type', '<', 'task/')])]),
    )
    .orderBy('seq')
    .limit(ITEMS_A_TURN)
    .execute();
  const messageIds = events.flatMap(({ type, data }) =>
    type === 'message.sent' && data.control !== true && typeof data.message_id === 'string' ? [data.message_id] : [],
  );
  const taskIds = [...new Set(events.flatMap(({ type, subject_id }) => (type === 'message.sent' ? [] : [subject_id])))];
  const next = events.length < ITEMS_A_TURN ? head : Number(events.at(-1)?.seq ?? head);
  return { sources: [...(await messages(tx, office, messageIds)), ...(await tasks(tx, office, taskIds))], next };
}

/** How far the first reading of everything has come. */
interface Scan {
  of: 'messages' | 'tasks';
  after: string | number;
  /** The log as it was when the reading began: from there it goes on. */
  head: number;
}

/** The first time, or after the log was cut: everything there is, page by page. */
async function readPage(tx: Context, office: Office, scan: Scan): Promise<Turn> {
  if (scan.of === 'messages') {
    const page = await tx.db
      .selectFrom('messages')
      .select('id')
      .where('office_id', '=', office.id)
      .where('id', '>', String(scan.after))
      .orderBy('id')
      .limit(ITEMS_A_TURN)
      .execute();
    const ids = page.map(({ id }) => id);
    const isLast = ids.length < ITEMS_A_TURN;
    const next: Scan = isLast ? { of: 'tasks', after: 0, head: scan.head } : { ...scan, after: ids.at(-1) ?? '' };
    return { sources: await messages(tx, office, ids), next: 0, scan: next };
  }
  const page = await tx.db
    .selectFrom('tasks')
    .select(['id', 'number'])
    .where('office_id', '=', office.id)
    .where('number', '>', Number(scan.after))
    .where('deleted_at', 'is', null)
    .orderBy('number')
    .limit(ITEMS_A_TURN)
    .execute();
  const sources = await tasks(
    tx,
    office,
    page.map(({ id }) => id),
  );
  const last = page.at(-1);
  if (last === undefined || page.length < ITEMS_A_TURN) return { sources, next: scan.head };
  return { sources, next: 0, scan: { ...scan, after: last.number } };
}

const IDS_A_QUERY = 400;

async function messages(tx: Context, office: Office, ids: readonly string[]): Promise<MemorySource[]> {
  const sources: MemorySource[] = [];
  for (let from = 0; from < ids.length; from += IDS_A_QUERY) {
    const rows = await tx.db
      .selectFrom('messages')
      .innerJoin('conversations', 'conversations.id', 'messages.conversation_id')
      .select([
        'messages.id',
        'messages.conversation_id',
        'messages.sender',
        'messages.sender_kind',
        'messages.content',
        'messages.created_at',
        'conversations.name',
      ])
      .where('messages.office_id', '=', office.id)
      .where('messages.id', 'in', ids.slice(from, from + IDS_A_QUERY))
      .orderBy('messages.id')
      .execute();
    for (const row of rows) {
      // Control frames are of the protocol, not of the conversation.
      if (parseSessionFrame(row.content) !== undefined) continue;
      sources.push({
        feedKey: 'messages',
        externalId: row.id,
        kind: 'message',
        title: row.name ?? '',
        text: row.content,
        author: row.sender,
        thread: row.conversation_id,
        url: '',
        writtenBy: '',
        trust: row.sender_kind === 'agent' ? 'agent' : 'user',
        confidence: null,
        audience: conversationAudience(row.conversation_id),
        at: row.created_at,
        metadata: { conversation_id: row.conversation_id },
        mentions: [],
      });
    }
  }
  return sources;
}

async function tasks(tx: Context, office: Office, ids: readonly string[]): Promise<MemorySource[]> {
  const sources: MemorySource[] = [];
  for (let from = 0; from < ids.length; from += IDS_A_QUERY) {
    const rows = await tx.db
      .selectFrom('tasks')
      .select(['id', 'number', 'title', 'description', 'result', 'state', 'created_by', 'updated_at'])
      .where('office_id', '=', office.id)
      .where('id', 'in', ids.slice(from, from + IDS_A_QUERY))
      .where('deleted_at', 'is', null)
      .orderBy('number')
      .execute();
    for (const row of rows)
      sources.push({
        feedKey: 'tasks',
        externalId: row.id,
        kind: 'task',
        title: row.title,
        text: [row.title, row.description, row.result ?? ''].filter((part) => part.trim() !== '').join('\n\n'),
        author: '',
        thread: '',
        url: '',
        writtenBy: '',
        trust: 'agent',
        confidence: null,
        audience: '',
        at: row.updated_at,
        metadata: { number: row.number, state: row.state, created_by: row.created_by },
        mentions: [],
      });
  }
  return sources;
}
