import Type, { type Static } from 'typebox';
import { closed, open } from '../shapes.ts';

/** What comes into the memory from outside (spec/mitosis 4.3). */
const Instant = Type.String({ maxLength: 40, description: 'ISO 8601.' });
const Metadata = Type.Record(Type.String({ maxLength: 200 }), Type.Unknown());

const Row = open({
  external_id: Type.String({ minLength: 1, maxLength: 500, description: 'The same again is an update.' }),
  content: Type.String({ maxLength: 3_000_000 }),
  title: Type.Optional(Type.String({ maxLength: 2_000 })),
  url: Type.Optional(Type.String({ maxLength: 2_000 })),
  author: Type.Optional(Type.String({ maxLength: 500 })),
  thread: Type.Optional(Type.String({ maxLength: 500, description: 'The conversation that it is a turn of.' })),
  kind: Type.Optional(Type.String({ maxLength: 40 })),
  occurred_at: Type.Optional(Instant),
  imported_at: Type.Optional(Instant),
  participants: Type.Optional(
    Type.Array(
      Type.Object({
        address: Type.Optional(Type.String({ maxLength: 320 })),
        name: Type.Optional(Type.String({ maxLength: 200 })),
        role: Type.Optional(Type.String({ maxLength: 40, description: 'sent-by, sent-to, attended, or mentions.' })),
      }),
      { maxItems: 200 },
    ),
  ),
  metadata: Type.Optional(Metadata),
});

export const IngestRequest = closed({
  feed_key: Type.String({ minLength: 3, maxLength: 130, description: '`<schema>.<table>`.' }),
  rows: Type.Array(Row, { maxItems: 500 }),
  removed: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 500 }), {
      maxItems: 500,
      description: 'external_ids that are gone at the source. They may come back, so no tombstone is left.',
    }),
  ),
  include_forgotten: Type.Optional(
    Type.Boolean({ description: 'Takes rows in again that were forgotten. People may; agents may not.' }),
  ),
  defer_embed: Type.Optional(Type.Boolean({ description: 'Taken, and of no effect: rows are found at once.' })),
  cursor: Type.Optional(Type.String({ maxLength: 2_000, description: 'Where the feed goes on; kept with the rows.' })),
});
export type IngestRequest = Static<typeof IngestRequest>;
export type IngestRow = Static<typeof Row>;

export const IngestResponse = Type.Object({
  status: Type.Literal('ok'),
  raw_persisted: Type.Integer({ description: 'Rows that are in the memory now.' }),
  ingested: Type.Integer({ description: 'Rows that are new.' }),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  removed: Type.Integer({ description: 'Rows that are out of the memory, since they are gone at the source.' }),
  forgotten: Type.Integer({ description: 'Rows left out since they were forgotten before.' }),
  chunks: Type.Integer(),
});
export type IngestResponse = Static<typeof IngestResponse>;

export const EnsureTableRequest = closed({
  target_schema: Type.String({ minLength: 1, maxLength: 63 }),
  table: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
});
export type EnsureTableRequest = Static<typeof EnsureTableRequest>;

export const RegisterFeedRequest = open({
  integration_id: Type.String({ minLength: 1, maxLength: 200 }),
  schema: Type.String({ minLength: 1, maxLength: 63 }),
  table: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'integration_feed when left out.' })),
});
export type RegisterFeedRequest = Static<typeof RegisterFeedRequest>;

export const FeedResponse = Type.Object({
  status: Type.Literal('ok'),
  feed_key: Type.String(),
  existed: Type.Boolean(),
});
export type FeedResponse = Static<typeof FeedResponse>;

export const IngestConversationRequest = closed({
  turns: Type.Array(
    closed({ role: Type.String({ minLength: 1, maxLength: 100 }), text: Type.String({ maxLength: 200_000 }) }),
    { minItems: 1, maxItems: 500 },
  ),
  session_id: Type.String({ minLength: 1, maxLength: 200 }),
  title: Type.Optional(Type.String({ maxLength: 500 })),
});
export type IngestConversationRequest = Static<typeof IngestConversationRequest>;
