import Type, { type Static } from 'typebox';
import { closed, instant, stringEnum } from '../shapes.ts';
import { EmployeeParams } from './employees.ts';
import { OfficeParams } from './offices.ts';

/** What agents find in the environment of their commands, and what is kept for them (seed: mitosis-sdk-reference 7.1, 7.9). */
const Value = Type.String({ maxLength: 64_000 });

export const EnvVar = Type.Object({
  key: Type.String(),
  source: stringEnum(['office', 'agent'], 'Whose it is.'),
  scope: stringEnum(['office', 'agent'], 'As `source`.'),
  agentName: Type.Optional(Type.String({ description: 'Whose own it is.' })),
  updated_at: instant('When it was set.'),
});
export type EnvVar = Static<typeof EnvVar>;

export const EnvValues = Type.Record(Type.String({ maxLength: 200 }), Value, { description: 'Name → value.' });
export type EnvValues = Static<typeof EnvValues>;

/** The map, or one variable in the spelling of the other family of clients: told apart by their shape (spec: mitosis.md 9). */
export const SetEnvRequest = Type.Union([
  closed({
    key: Type.String({ maxLength: 200 }),
    value: Value,
    scope: stringEnum(['office', 'agent'], 'Whose it is to be.'),
    agentName: Type.Optional(Type.String({ maxLength: 300 })),
  }),
  EnvValues,
]);
export type SetEnvRequest = Static<typeof SetEnvRequest>;

export const EnvParams = Type.Object({ ...OfficeParams.properties, key: Type.String({ maxLength: 200 }) });
export const AgentEnvParams = Type.Object({ ...EmployeeParams.properties, key: Type.String({ maxLength: 200 }) });
export const SecretParams = Type.Object({ ...OfficeParams.properties, secretName: Type.String({ maxLength: 200 }) });
export const ValueRequest = closed({ value: Value });
export type ValueRequest = Static<typeof ValueRequest>;

export const OfficeSecret = Type.Object({ name: Type.String(), updated_at: instant('When it was set.') });
export type OfficeSecret = Static<typeof OfficeSecret>;
