import { office } from '@guildhall/contract';
import { ingest, ingestConversation, registerFeed } from '../../domain/memory/index.ts';
import type { Door } from '../../http/index.ts';
import { paths } from './cortex.ts';

const TABLE_DEFAULT = 'integration_feed';
const tag = 'Cortex feeds';

/** What comes into the memory from outside (spec/mitosis 4.3). */
export function cortexFeedRoutes(door: Door): void {
  const params = office.OfficeParams;
  door.route(
    {
      method: 'POST',
      ...paths('ingest'),
      id: 'cortex.ingest',
      tag,
      summary: 'Take rows of a feed in, all or none',
      description: 'The same external_id again is an update; the same content changes nothing.',
      params,
      body: office.IngestRequest,
      answers: { 200: office.IngestResponse },
      fails: [404, 413],
    },
    async ({ context, params, body }): Promise<office.IngestResponse> => {
      const items = body.rows.map((row) => ({
        externalId: row.external_id,
        content: row.content,
        title: row.title,
        url: row.url,
        author: row.author,
        thread: row.thread,
        kind: row.kind,
        occurredAt: row.occurred_at ?? row.imported_at,
        metadata: row.metadata,
        participants: row.participants,
      }));
      const { cursor, removed, include_forgotten: includesForgotten } = body;
      return presentIngested(
        await ingest(context, params.officeId, body.feed_key, items, { cursor, removed, includesForgotten }),
      );
    },
  );
  door.route(
    {
      method: 'POST',
      ...paths('ingest/conversation'),
      id: 'cortex.ingestConversation',
      tag,
      summary: 'Take a conversation in, turn by turn',
      params,
      body: office.IngestConversationRequest,
      answers: { 200: office.IngestResponse },
      fails: [404],
    },
    async ({ context, params, body }) =>
      presentIngested(
        await ingestConversation(context, params.officeId, {
          sessionId: body.session_id,
          title: body.title ?? '',
          turns: body.turns,
        }),
      ),
  );
  door.route(
    {
      method: 'POST',
      ...paths('feeds/ensure-table'),
      id: 'cortex.ensureTable',
      tag,
      summary: 'Open a feed by its schema; the same again changes nothing',
      params,
      body: office.EnsureTableRequest,
      answers: { 200: office.FeedResponse },
      fails: [404],
    },
    async ({ context, params, body }) => {
      const feedKey = `${body.target_schema}.${body.table ?? TABLE_DEFAULT}`;
      const feed = { feedKey, title: body.target_schema, kind: 'custom', settings: {} };
      return presentFeed(feedKey, await registerFeed(context, params.officeId, feed));
    },
  );
  door.route(
    {
      method: 'POST',
      ...paths('feeds/register'),
      id: 'cortex.registerFeed',
      tag,
      summary: 'Say what a feed is; the same again changes nothing',
      params,
      body: office.RegisterFeedRequest,
      answers: { 200: office.FeedResponse },
      fails: [404],
    },
    async ({ context, params, body }) => {
      const { integration_id, schema, table = TABLE_DEFAULT, ...settings } = body;
      const feedKey = `${schema}.${table}`;
      const feed = { feedKey, title: integration_id, kind: 'custom', settings };
      return presentFeed(feedKey, await registerFeed(context, params.officeId, feed));
    },
  );
}

function presentFeed(feed_key: string, { existed }: { existed: boolean }): office.FeedResponse {
  return { status: 'ok', feed_key, existed };
}

export function presentIngested(result: Awaited<ReturnType<typeof ingest>>): office.IngestResponse {
  const { added, updated, unchanged, removed, forgotten, chunks } = result;
  return {
    status: 'ok',
    raw_persisted: added + updated + unchanged,
    ingested: added,
    updated,
    unchanged,
    removed,
    forgotten,
    chunks,
  };
}
