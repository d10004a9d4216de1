import Type, { type Static } from 'typebox';
import { closed, instant } from '../shapes.ts';
import { OfficeParams } from './offices.ts';

/** What machines tell of themselves (seed: mitosis-sdk-reference 7.9, CallbacksAPI). */
export const PodEventRequest = closed({
  type: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$', description: 'A word, such as pod.ready.' }),
  payload: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Type.Unknown())),
});
export type PodEventRequest = Static<typeof PodEventRequest>;

export const PodCallback = Type.Object({
  id: Type.String(),
  type: Type.String(),
  payload: Type.Record(Type.String(), Type.Unknown()),
  created_at: instant('When it was told.'),
});
export type PodCallback = Static<typeof PodCallback>;
export const CallbackParams = Type.Object({ ...OfficeParams.properties, callbackId: Type.String({ maxLength: 100 }) });

export const ChatEventsParams = Type.Object({
  ...OfficeParams.properties,
  sessionKey: Type.String({ maxLength: 200, description: 'A conversation; see chat-sessions.' }),
});
export const ChatEvent = Type.Object({
  id: Type.String(),
  type: Type.Literal('message'),
  session_key: Type.String(),
  from: Type.String(),
  content: Type.String(),
  created_at: instant('When it was said.'),
});
export type ChatEvent = Static<typeof ChatEvent>;
