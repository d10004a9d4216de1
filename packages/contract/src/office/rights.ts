import Type, { type Static } from 'typebox';
import { closed, instant, open, stringEnum } from '../shapes.ts';
import { OfficeParams } from './offices.ts';

/** Who may do what (seed: mitosis-sdk-reference 7.9: roles, delegates, capabilities). */
const Permissions = Type.Array(Type.String(), { description: 'Such as tasks:write.' });

export const Role = Type.Object({
  name: Type.String({ description: '`owner`, `admin`, `member`, `viewer` or `agent`.' }),
  description: Type.String({ description: 'One line for people.' }),
  permissions: Permissions,
});
export type Role = Static<typeof Role>;
export const RoleParams = Type.Object({
  ...OfficeParams.properties,
  roleName: Type.String({ maxLength: 100, description: '`owner`, `admin`, `member`, `viewer` or `agent`.' }),
});

export const DelegateParams = Type.Object({
  ...OfficeParams.properties,
  agentId: Type.String({ maxLength: 300, description: 'Name or id.' }),
});
export const CreateDelegateRequest = closed({
  permissions: Type.Array(Type.String({ maxLength: 100 }), {
    minItems: 1,
    maxItems: 50,
    description: 'What it may do beside its work; these and no more. See roles.',
  }),
});
export type CreateDelegateRequest = Static<typeof CreateDelegateRequest>;
export const Delegate = Type.Object({
  agent_id: Type.String({ description: 'Id of the agent that it was delegated to.' }),
  agent_name: Type.String({ description: 'By which it is known in the office.' }),
  permissions: Permissions,
  created_at: instant('When it was first delegated.'),
});
export type Delegate = Static<typeof Delegate>;

export const Capabilities = open({
  office_id: Type.String({ description: 'The office that this is said of.' }),
  principal: Type.Object(
    {
      kind: stringEnum(['user', 'agent', 'organization_key', 'order', 'system'], 'What asks.'),
      id: Type.String({ description: 'Of the user, the agent, the key or the order.' }),
      name: Type.String({ description: 'Of a user or an agent; of others their kind.' }),
    },
    { description: 'Whose credential it is.' },
  ),
  permissions: Permissions,
  delegated: Type.Array(Type.String(), { description: 'Of the permissions, those that somebody delegated.' }),
  drivers: Type.Array(Type.String(), { description: 'What can think for an agent in this house now.' }),
});
export type Capabilities = Static<typeof Capabilities>;
