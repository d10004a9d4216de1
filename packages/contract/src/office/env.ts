import Type, { type Static } from 'typebox';
import { closed, instant, stringEnum } from '../shapes.ts';
import { EmployeeParams } from './employees.ts';
import { OfficeParams } from './offices.ts';

/** What agents find in the environment of their commands, and what is kept for them (seed: mitosis-sdk-reference 7.1, 7.9). */
const Value = (description: string) => Type.String({ maxLength: 64_000, description });

export const EnvVar = Type.Object({
  key: Type.String({ description: 'As commands find it in their environment.' }),
  source: stringEnum(['office', 'agent'], 'Whose it is.'),
  scope: stringEnum(['office', 'agent'], 'As `source`.'),
  agentName: Type.Optional(Type.String({ description: 'Whose own it is.' })),
  updated_at: instant('When it was set.'),
});
export type EnvVar = Static<typeof EnvVar>;

export const EnvValues = Type.Record(
  Type.String({ maxLength: 200 }),
  Value('At most 32,000 characters; of one office or agent all together at most 50,000.'),
  { description: 'Name → value.' },
);
export type EnvValues = Static<typeof EnvValues>;

/** The map, or one variable in the spelling of the other family of clients: told apart by their shape (spec: mitosis.md 9). */
export const SetEnvRequest = Type.Union([
  closed({
    key: Type.String({
      maxLength: 200,
      description:
        'Letters, digits and `_`, not beginning with a digit; not PATH, HOME and the like, which the house sets.',
    }),
    value: Value('At most 32,000 characters; of one office or agent all together at most 50,000.'),
    scope: Type.Optional(stringEnum(['office', 'agent'], 'Whose it is to be; the office’s when left out.')),
    agentName: Type.Optional(Type.String({ maxLength: 300, description: 'Name or id; needed with `agent`.' })),
  }),
  EnvValues,
]);
export type SetEnvRequest = Static<typeof SetEnvRequest>;

export const EnvParams = Type.Object({
  ...OfficeParams.properties,
  key: Type.String({ maxLength: 200, description: 'Name of a variable of the office.' }),
});
export const AgentEnvParams = Type.Object({
  ...EmployeeParams.properties,
  key: Type.String({ maxLength: 200, description: 'Name of a variable of the agent’s own.' }),
});
export const SecretParams = Type.Object({
  ...OfficeParams.properties,
  secretName: Type.String({
    maxLength: 200,
    description: 'Letters, digits, `.`, `-`, `_`, at most 100; begins with a letter or digit.',
  }),
});
export const ValueRequest = closed({
  value: Value('Kept sealed. Of a secret at most 16,000 characters, of a variable at most 32,000.'),
});
export type ValueRequest = Static<typeof ValueRequest>;

export const OfficeSecret = Type.Object({
  name: Type.String({ description: 'By which `envSecrets` gives it to agents.' }),
  updated_at: instant('When it was set.'),
});
export type OfficeSecret = Static<typeof OfficeSecret>;
