import Type, { type Static } from 'typebox';
import { instant } from '../shapes.ts';

export const EventPageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: '100 when left out.' })),
  before: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 9_007_199_254_740_991, description: 'Only events older than this one.' }),
  ),
});
export const EventListQuery = Type.Object({
  ...EventPageQuery.properties,
  type: Type.Optional(
    Type.String({ maxLength: 500, description: 'Comma-separated leading segments: task, message.sent, …' }),
  ),
});

export const Event = Type.Object({
  id: Type.Integer({ description: 'The cursor.' }),
  type: Type.String({ description: 'As `task.claimed`; the part before the dot says what it is about.' }),
  subject: Type.String({ description: 'Id of what it is about: the task, the agent, the run, …' }),
  actor: Type.Object(
    {
      kind: Type.String({ description: '`user`, `agent`, `organization_key`, `order`, `system` or `anonymous`.' }),
      id: Type.String({
        description: 'Of the user, the agent, the key or the order; `guildhall` for the house itself.',
      }),
    },
    { description: 'Whose doing it was.' },
  ),
  data: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What it tells beside that; its fields go by `type`.',
  }),
  created_at: instant('When it was committed.'),
});
export type Event = Static<typeof Event>;
