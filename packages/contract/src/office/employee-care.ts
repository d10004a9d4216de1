import Type, { type Static } from 'typebox';
import { closed, instant, open, stringEnum } from '../shapes.ts';

/** Seed: mitosis-sdk-reference 7.2. */
export const PromoteRequest = closed({
  modelTier: Type.String({ minLength: 1, maxLength: 100, description: 'A tier or a full model id; `none` for rules.' }),
  provider: Type.Optional(
    Type.String({ maxLength: 100, description: 'As `modelProvider` at hiring; stays as it is when left out.' }),
  ),
  resources: Type.Optional(
    Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
      description: 'As at hiring; holds from the next command on.',
    }),
  ),
});
export type PromoteRequest = Static<typeof PromoteRequest>;

export const StatusEventRequest = closed({
  type: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$',
    description: 'A word, such as `deploy.started`.',
  }),
  message: Type.Optional(Type.String({ maxLength: 2_000, description: 'More about it, for people.' })),
});
export type StatusEventRequest = Static<typeof StatusEventRequest>;

export const EmployeeEventsQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: '100 when left out.' })),
  before: Type.Optional(Type.Integer({ minimum: 1, description: 'Events older than the one of this id.' })),
});

export const LifecycleRequest = closed({
  action: stringEnum(
    ['start', 'stop', 'pause', 'resume', 'restart', 'archive', 'restore'],
    'pause and resume are other words for stop and start.',
  ),
});
export type LifecycleRequest = Static<typeof LifecycleRequest>;

export const RotateCredentialsRequest = closed({
  publicKey: Type.Optional(
    Type.String({
      maxLength: 140,
      description:
        'The next secp256k1 public key as hex; the one before is good for ten minutes more. Left out, an agent that signs gets a new pair.',
    }),
  ),
});
export type RotateCredentialsRequest = Static<typeof RotateCredentialsRequest>;

export const RotatedCredentials = Type.Object({
  api_key: Type.String({ description: 'Shown once.' }),
  previous_valid_until: instant('Until when what it had before is still good.'),
  signing_key: Type.Optional(
    Type.Object(
      {
        public_key: Type.String({ description: 'secp256k1, compressed, as hex.' }),
        private_key: Type.String({ description: '32 bytes as hex. Shown once.' }),
      },
      {
        description:
          'The pair that it signs with from now on; there when it signed before and no `publicKey` was sent.',
      },
    ),
  ),
});
export type RotatedCredentials = Static<typeof RotatedCredentials>;

export const ChatSession = open({
  session_key: Type.String({ description: 'The conversation; see events/chat/{key}.' }),
  started_at: instant('When it began.'),
  messages: Type.Integer({ description: 'How many were said.' }),
  kind: stringEnum(['direct', 'group'], 'Of two, or of several.'),
  last_message_at: Type.Optional(instant('When the last one was said.')),
});
export type ChatSession = Static<typeof ChatSession>;
