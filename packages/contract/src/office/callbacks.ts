import Type, { type Static } from 'typebox';
import { closed, instant } from '../shapes.ts';
import { OfficeParams } from './offices.ts';

/** What machines tell of themselves (seed: mitosis-sdk-reference 7.9, CallbacksAPI). */
export const PodEventRequest = closed({
  type: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$', description: 'A word, such as pod.ready.' }),
  payload: Type.Optional(
    Type.Record(Type.String({ maxLength: 200 }), Type.Unknown(), {
      description: 'What there is to tell of it; kept as sent, at most 64,000 characters as JSON.',
    }),
  ),
});
export type PodEventRequest = Static<typeof PodEventRequest>;

export const PodCallback = Type.Object({
  id: Type.String({ description: 'The `callbackId` in addresses.' }),
  type: Type.String({ description: 'As it was told.' }),
  payload: Type.Record(Type.String(), Type.Unknown(), { description: 'As it was told; {} when nothing was.' }),
  created_at: instant('When it was told.'),
});
export type PodCallback = Static<typeof PodCallback>;
export const CallbackParams = Type.Object({
  ...OfficeParams.properties,
  callbackId: Type.String({ maxLength: 100, description: 'Id of a callback, as the list has it.' }),
});

export const ChatEventsParams = Type.Object({
  ...OfficeParams.properties,
  sessionKey: Type.String({ maxLength: 200, description: 'A conversation; see chat-sessions.' }),
});
export const ChatEvent = Type.Object({
  id: Type.String({ description: 'Id of the message.' }),
  type: Type.Literal('message', { description: 'Always `message`.' }),
  session_key: Type.String({ description: 'The conversation that you asked for.' }),
  from: Type.String({ description: 'An agent’s name, or the alias of a person.' }),
  content: Type.String({ description: 'The whole text.' }),
  created_at: instant('When it was said.'),
});
export type ChatEvent = Static<typeof ChatEvent>;
