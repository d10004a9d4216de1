import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { ListQuery } from './envelope.ts';

const ActorType = stringEnum(['agent', 'system', 'user'], 'Who acted.');

export const Activity = Type.Object({
  id: Type.Integer(),
  actor_type: ActorType,
  actor_id: Type.String(),
  action: Type.String(),
  entity_type: nullable(Type.String()),
  entity_id: nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.Unknown()),
  created_at: instant('When it was written.'),
});
export type Activity = Static<typeof Activity>;

export const ActivityQuery = Type.Object({
  ...ListQuery.properties,
  actor_type: Type.Optional(ActorType),
  actor_id: Type.Optional(Type.String({ maxLength: 300 })),
  action: Type.Optional(Type.String({ maxLength: 300 })),
});

export const CreateActivityRequest = closed({
  actor_type: ActorType,
  actor_id: Type.String({ minLength: 1, maxLength: 300 }),
  action: Type.String({ minLength: 1, maxLength: 300 }),
  entity_type: Type.Optional(Type.String({ maxLength: 300 })),
  entity_id: Type.Optional(Type.String({ maxLength: 300 })),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type CreateActivityRequest = Static<typeof CreateActivityRequest>;
