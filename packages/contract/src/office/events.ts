import Type, { type Static } from 'typebox';
import { instant } from '../shapes.ts';

export const EventListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  before: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 9_007_199_254_740_991, description: 'Only events older than this one.' }),
  ),
  type: Type.Optional(
    Type.String({ maxLength: 500, description: 'Comma-separated leading segments: task, message.sent, …' }),
  ),
});

export const Event = Type.Object({
  id: Type.Integer({ description: 'The cursor.' }),
  type: Type.String(),
  subject: Type.String(),
  actor: Type.Object({ kind: Type.String(), id: Type.String() }),
  data: Type.Record(Type.String(), Type.Unknown()),
  created_at: instant('When it was committed.'),
});
export type Event = Static<typeof Event>;
