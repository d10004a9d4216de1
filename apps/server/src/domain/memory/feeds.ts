import { forgetSources, type IndexResult, lockStore, type MemorySource, universalId } from '@guildhall/cortex';
import type { Participant } from '@guildhall/documents';
import { errors, parseInstant } from '@guildhall/kernel';
import { principalName } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { mentionsOf } from './drive-sources.ts';
import { keepSources, withoutSecrets } from './keep.ts';
import { loadMemory, lockMemory, tables } from './memory-place.ts';

const FEED_KEY = /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/;
const CONTENT_CHARS_MAX = 2_800_000;
const ID_CHARS_MAX = 500;
const CONVERSATIONS = 'ext_conversations.integration_feed';

/** Throws `validation_failed` unless it is `<schema>.<table>`: names without a dot are the house's own. */
export function checkFeedKey(feedKey: string, field = 'feed_key'): string {
  if (!FEED_KEY.test(feedKey))
    throw errors.validationFailed(
      field,
      'is not of the form schema.table in lower-case letters, digits and _',
      'For example "ext_notes.integration_feed".',
    );
  return feedKey;
}

/** Opens a feed, or changes its title and settings. The same again changes nothing. */
export async function registerFeed(
  context: Context,
  officeId: string,
  feed: { feedKey: string; title: string; kind: string; settings: Record<string, unknown> },
): Promise<{ existed: boolean }> {
  checkFeedKey(feed.feedKey);
  return inTransaction(context, async (tx) => {
    const { office } = await loadMemory(tx, officeId, 'memory:write');
    const store = await lockStore(tables(tx), tx.house.engine.kind, office.id);
    const known = await tables(tx)
      .selectFrom('memory_feeds')
      .select('feed_key')
      .where('store', '=', store.number)
      .where('feed_key', '=', feed.feedKey)
      .executeTakeFirst();
    const settings = JSON.stringify(withoutSecrets(feed.settings)) as never;
    if (known === undefined) {
      await insertFeed(tx, store.number, feed, settings);
      record(tx, {
        organizationId: office.organization_id,
        officeId: office.id,
        type: 'memory.feed_registered',
        subjectId: feed.feedKey,
        data: { title: feed.title, kind: feed.kind },
      });
    } else {
      await tables(tx)
        .updateTable('memory_feeds')
        .set({ title: feed.title, kind: feed.kind, settings })
        .where('store', '=', store.number)
        .where('feed_key', '=', feed.feedKey)
        .execute();
    }
    return { existed: known !== undefined };
  });
}

async function insertFeed(
  tx: Context,
  store: number,
  feed: { feedKey: string; title: string; kind: string },
  settings: never,
): Promise<void> {
  const now = tx.house.clock.now();
  await tables(tx)
    .insertInto('memory_feeds')
    .values({
      store,
      feed_key: feed.feedKey,
      title: feed.title,
      kind: feed.kind,
      settings,
      cursor: '',
      state: 'ready',
      item_count: 0,
      error: null,
      last_item_at: null,
      synced_at: null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['store', 'feed_key']).doNothing())
    .execute();
}

/** A row of a feed, as it comes from outside. */
export interface FeedItem {
  externalId: string;
  content: string;
  title?: string | undefined;
  url?: string | undefined;
  author?: string | undefined;
  /** What it is a turn of: the conversation or mail thread. */
  thread?: string | undefined;
  kind?: string | undefined;
  /** ISO 8601; when it was first seen, or what its text says, when left out. */
  occurredAt?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  /** Who else has a part in it. */
  participants?:
    | readonly { address?: string | undefined; name?: string | undefined; role?: string | undefined }[]
    | undefined;
}

export interface IngestOptions {
  /** Where the feed goes on; kept with the rows. */
  cursor?: string | undefined;
  /** External ids that are gone at the source. */
  removed?: readonly string[] | undefined;
  /** Takes in again what was forgotten. */
  includesForgotten?: boolean | undefined;
}

/**
 * Takes rows of a feed in, all or none. The same external id again is an update; the same content changes nothing; what was
 * forgotten stays out. `cursor` is kept with them, so that whoever feeds can go on from it.
 */
export async function ingest(
  context: Context,
  officeId: string,
  feedKey: string,
  items: readonly FeedItem[],
  options: IngestOptions = {},
): Promise<IndexResult & { removed: number }> {
  checkFeedKey(feedKey);
  const { cursor, removed: gone = [], includesForgotten = false } = options;
  if (items.length === 0 && gone.length === 0)
    throw errors.validationFailed('rows', 'is empty, and so is removed', 'Send rows, or the ids of removed ones.');
  return inTransaction(context, async (tx) => {
    const { office, store } = await lockMemory(tx, officeId, 'memory:write');
    const now = tx.house.clock.now();
    const writer = tx.principal.kind === 'agent' ? tx.principal.agentId : '';
    const sources = items.map((item, index) => toSource(item, index, feedKey, writer));
    if (writer !== '' && sources.length > 0) await refuseOthers(tx, store.number, feedKey, writer, sources);
    if (includesForgotten) await liftTombstones(tx, store.number, feedKey, sources);
    const removed = await removeGone(tx, office.id, store.number, feedKey, gone);
    const result = await keepSources(tx, office, sources);
    await insertFeed(tx, store.number, { feedKey, title: feedKey, kind: 'custom' }, JSON.stringify({}) as never);
    await tables(tx)
      .updateTable('memory_feeds')
      .set((expression) => ({
        item_count: expression('item_count', '+', result.added - removed),
        synced_at: now,
        error: null,
        ...(cursor === undefined ? {} : { cursor }),
        ...(result.added + result.updated === 0 ? {} : { last_item_at: now }),
      }))
      .where('store', '=', store.number)
      .where('feed_key', '=', feedKey)
      .execute();
    if (result.added + result.updated + removed > 0)
      record(tx, {
        organizationId: office.organization_id,
        officeId: office.id,
        type: 'memory.ingested',
        subjectId: feedKey,
        data: { added: result.added, updated: result.updated, removed, chunks: result.chunks },
      });
    return { ...result, removed };
  });
}

/** What is gone at its source goes from the memory too, with what was concluded from it alone. */
async function removeGone(
  tx: Context,
  officeId: string,
  store: number,
  feedKey: string,
  externalIds: readonly string[],
): Promise<number> {
  if (externalIds.length === 0) return 0;
  let query = tables(tx)
    .selectFrom('memory_sources')
    .selectAll()
    .where('store', '=', store)
    .where('feed_key', '=', feedKey)
    .where('external_id', 'in', externalIds);
  if (tx.principal.kind === 'agent') query = query.where('written_by', '=', tx.principal.agentId);
  const sources = await query.execute();
  if (sources.length === 0) return 0;
  const by = {
    whom: principalName(tx.principal),
    reason: 'gone at its source',
    at: tx.house.clock.now(),
    leavesTombstones: false,
  };
  await forgetSources(tables(tx), tx.house.engine.kind, officeId, sources, by);
  return sources.length;
}

/** People may take in again what was forgotten. */
async function liftTombstones(
  tx: Context,
  store: number,
  feedKey: string,
  sources: readonly MemorySource[],
): Promise<void> {
  if (tx.principal.kind === 'agent') throw errors.forbidden('memory:write on what was forgotten');
  await tables(tx)
    .deleteFrom('memory_tombstones')
    .where('store', '=', store)
    .where('feed_key', '=', feedKey)
    .where(
      'external_id',
      'in',
      sources.map(({ externalId }) => externalId),
    )
    .execute();
}

/** An agent adds to a feed, and changes what it put there itself: what people and their programs sent stands as they sent it. */
async function refuseOthers(
  tx: Context,
  store: number,
  feedKey: string,
  agentId: string,
  sources: readonly MemorySource[],
): Promise<void> {
  const others = await tables(tx)
    .selectFrom('memory_sources')
    .select('external_id')
    .where('store', '=', store)
    .where('feed_key', '=', feedKey)
    .where(
      'external_id',
      'in',
      sources.map(({ externalId }) => externalId),
    )
    .where('written_by', '<>', agentId)
    .limit(1)
    .executeTakeFirst();
  if (others !== undefined) throw errors.forbidden('memory:write on what others kept');
}

function toSource(item: FeedItem, index: number, feedKey: string, writer: string): MemorySource {
  const field = (name: string) => `rows[${index}].${name}`;
  const externalId = item.externalId.trim();
  if (externalId === '' || externalId.length > ID_CHARS_MAX || /\p{Cc}/u.test(externalId))
    throw errors.validationFailed(
      field('external_id'),
      `is empty, longer than ${ID_CHARS_MAX} characters, or has control characters`,
    );
  if (item.content.length > CONTENT_CHARS_MAX)
    throw errors.validationFailed(field('content'), `is longer than ${CONTENT_CHARS_MAX} characters`, 'Split it.');
  // Without a time it is of its first sight: the same sent again changes nothing.
  const at = item.occurredAt === undefined ? 0 : parseInstant(item.occurredAt);
  if (at === undefined) throw errors.validationFailed(field('occurred_at'), 'is not a time');
  return {
    feedKey,
    externalId,
    kind: item.kind ?? 'item',
    title: (item.title ?? '').slice(0, 1_000).toWellFormed(),
    // NUL is text to SQLite but not to PostgreSQL; no document needs it.
    text: item.content.replaceAll('\0', ' ').toWellFormed(),
    author: item.author ?? '',
    thread: item.thread === undefined || item.thread === '' ? '' : `${feedKey}:${item.thread}`,
    url: item.url ?? '',
    writtenBy: writer,
    trust: writer === '' ? 'outside' : 'agent',
    confidence: null,
    audience: '',
    at,
    metadata: item.metadata ?? {},
    edges: edgesOf(item, feedKey),
    mentions: mentionsOf(participantsOf(item)),
  };
}

/** What a mail answers, when its feed says so. */
function edgesOf({ metadata = {} }: FeedItem, feedKey: string): { kind: string; to: string }[] {
  const { in_reply_to: answered } = metadata;
  if (typeof answered !== 'string' || answered === '' || answered.length > ID_CHARS_MAX) return [];
  return [{ kind: 'replied-to', to: universalId(feedKey, answered) }];
}

const ADDRESS = /[^\s<>"(),;]{1,64}@[^\s<>"(),;]{1,250}/;
const ROLES = ['sent-by', 'sent-to', 'attended'] as const;

/** The author and the others that have a part in it. */
function participantsOf(item: FeedItem): Participant[] {
  const author = item.author ?? '';
  const address = ADDRESS.exec(author)?.[0];
  const name = author.replace(/<[^>]*>/, '').trim();
  const writer: Participant[] =
    author === '' ? [] : [{ name, role: 'sent-by', ...(address === undefined ? {} : { address }) }];
  const others = (item.participants ?? []).map(({ role, ...person }) => ({
    ...person,
    role: ROLES.find((known) => known === role) ?? ('mentions' as const),
  }));
  return [...writer, ...(others as Participant[])];
}

/** Keeps a conversation with an assistant: each turn found by itself and by the turns around it. */
export async function ingestConversation(
  context: Context,
  officeId: string,
  conversation: { sessionId: string; title: string; turns: readonly { role: string; text: string }[] },
): Promise<IndexResult & { removed: number }> {
  const { sessionId, title, turns } = conversation;
  const items = turns.map(({ role, text }, index) => ({
    externalId: `${sessionId}/${String(index).padStart(5, '0')}`,
    content: text,
    title,
    author: role,
    thread: sessionId,
    kind: 'turn',
  }));
  return ingest(context, officeId, CONVERSATIONS, items);
}
