import Type, { type Static } from 'typebox';
import { closed, open } from '../shapes.ts';

/** What comes into the memory from outside (spec/mitosis 4.3). */
const Instant = (description: string) => Type.String({ maxLength: 40, description });
const Metadata = Type.Record(Type.String({ maxLength: 200 }), Type.Unknown(), {
  description: 'Kept as sent, secrets masked; `in_reply_to` is the external_id of what it answers.',
});

const Row = open({
  external_id: Type.String({ minLength: 1, maxLength: 500, description: 'The same again is an update.' }),
  content: Type.String({ maxLength: 3_000_000, description: 'The text, at most 2,800,000 characters.' }),
  title: Type.Optional(Type.String({ maxLength: 2_000, description: 'The first 1,000 characters are kept.' })),
  url: Type.Optional(Type.String({ maxLength: 2_000, description: 'Where it is at its source.' })),
  author: Type.Optional(
    Type.String({ maxLength: 500, description: 'Who said or wrote it: a name, a mail address, or both.' }),
  ),
  thread: Type.Optional(Type.String({ maxLength: 500, description: 'The conversation that it is a turn of.' })),
  kind: Type.Optional(
    Type.String({ maxLength: 40, description: 'A word such as `email` or `note`; `item` when left out.' }),
  ),
  occurred_at: Type.Optional(
    Instant(
      'When it was said or written (ISO 8601); what its text says, or when it was first taken in, when left out.',
    ),
  ),
  imported_at: Type.Optional(Instant('Stands in for `occurred_at` when that is left out (ISO 8601).')),
  participants: Type.Optional(
    Type.Array(
      Type.Object({
        address: Type.Optional(Type.String({ maxLength: 320, description: 'Their mail address.' })),
        name: Type.Optional(Type.String({ maxLength: 200, description: 'As people write it.' })),
        role: Type.Optional(Type.String({ maxLength: 40, description: 'sent-by, sent-to, attended, or mentions.' })),
      }),
      { maxItems: 200, description: 'Who else has a part in it; they are found through the graph.' },
    ),
  ),
  metadata: Type.Optional(Metadata),
});

export const IngestRequest = closed({
  feed_key: Type.String({ minLength: 3, maxLength: 130, description: '`<schema>.<table>`.' }),
  rows: Type.Array(Row, { maxItems: 500, description: 'May be empty beside `removed`.' }),
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
  status: Type.Literal('ok', { description: 'Always `ok`.' }),
  raw_persisted: Type.Integer({ description: 'Rows that are in the memory now.' }),
  ingested: Type.Integer({ description: 'Rows that are new.' }),
  updated: Type.Integer({ description: 'Rows that were there with other content.' }),
  unchanged: Type.Integer({ description: 'Rows that were there as they are.' }),
  removed: Type.Integer({ description: 'Rows that are out of the memory, since they are gone at the source.' }),
  forgotten: Type.Integer({ description: 'Rows left out since they were forgotten before.' }),
  chunks: Type.Integer({ description: 'Pieces that the new and changed rows were cut into.' }),
});
export type IngestResponse = Static<typeof IngestResponse>;

export const EnsureTableRequest = closed({
  target_schema: Type.String({
    minLength: 1,
    maxLength: 63,
    description:
      'What stands before the dot in `feed_key`: lower-case letters, digits and `_`, beginning with a letter.',
  }),
  table: Type.Optional(
    Type.String({ minLength: 1, maxLength: 63, description: 'What stands behind it; integration_feed when left out.' }),
  ),
});
export type EnsureTableRequest = Static<typeof EnsureTableRequest>;

export const RegisterFeedRequest = open({
  integration_id: Type.String({ minLength: 1, maxLength: 200, description: 'What it is; the feed is titled so.' }),
  schema: Type.String({
    minLength: 1,
    maxLength: 63,
    description:
      'What stands before the dot in `feed_key`: lower-case letters, digits and `_`, beginning with a letter.',
  }),
  table: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'integration_feed when left out.' })),
});
export type RegisterFeedRequest = Static<typeof RegisterFeedRequest>;

export const FeedResponse = Type.Object({
  status: Type.Literal('ok', { description: 'Always `ok`.' }),
  feed_key: Type.String({ description: '`<schema>.<table>`: what ingest names it by.' }),
  existed: Type.Boolean({ description: 'Whether it was there before.' }),
});
export type FeedResponse = Static<typeof FeedResponse>;

export const IngestConversationRequest = closed({
  turns: Type.Array(
    closed({
      role: Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Who said it, such as `user` or `assistant`; kept as its author.',
      }),
      text: Type.String({ maxLength: 200_000, description: 'What was said; secrets are masked.' }),
    }),
    { minItems: 1, maxItems: 500, description: 'In the order in which they were said.' },
  ),
  session_id: Type.String({ minLength: 1, maxLength: 200, description: 'The same again updates its turns.' }),
  title: Type.Optional(Type.String({ maxLength: 500, description: 'Of every turn; empty when left out.' })),
});
export type IngestConversationRequest = Static<typeof IngestConversationRequest>;
