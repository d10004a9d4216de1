import Type, { type Static } from 'typebox';
import { closed } from '../shapes.ts';

export const SendMessageRequest = closed({
  to: Type.String({
    maxLength: 300,
    description: 'An agent’s name. An agent may also name an alias of a person, or an address (`0x…`) on XMTP.',
  }),
  content: Type.String({ maxLength: 400_000, description: 'What is said, at most 100,000 characters.' }),
});
export type SendMessageRequest = Static<typeof SendMessageRequest>;

/** Resume after this event; the header `Last-Event-ID` does the same. */
export const StreamQuery = Type.Object({
  cursor: Type.Optional(
    Type.String({ maxLength: 20, description: 'The id of the last event that you have; 0 replays all that is kept.' }),
  ),
  filter: Type.Optional(
    Type.String({ maxLength: 500, description: 'Comma-separated leading segments of event types.' }),
  ),
});

export const MessageStreamQuery = Type.Object({
  ...StreamQuery.properties,
  agentId: Type.Optional(
    Type.String({
      maxLength: 300,
      description: 'Only what this agent said in direct conversations, or was told there.',
    }),
  ),
  receipts: Type.Optional(Type.Boolean({ description: 'Also who has, and who has read, what was said.' })),
  deltas: Type.Optional(Type.Boolean({ description: 'Also what agents write, while they write it.' })),
});
