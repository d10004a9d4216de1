import Type, { type Static } from 'typebox';
import { closed, instant, nullable, open, stringEnum } from '../shapes.ts';
import { OfficeParams } from './offices.ts';

/** Agents that live elsewhere (seed: mitosis-external-agents; spec: mitosis.md 3.5). */
export const CreateInviteRequest = closed({
  label: Type.Optional(Type.String({ maxLength: 200, description: 'For you, to tell invites apart.' })),
  expires_in_hours: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 8_760, description: '168 when left out.' }),
  ),
  type: Type.Optional(stringEnum(['agent', 'human'], 'Whom it invites; agent when left out.')),
});
export type CreateInviteRequest = Static<typeof CreateInviteRequest>;

export const Invite = Type.Object({
  id: Type.String(),
  type: stringEnum(['agent', 'human'], 'Whom it invites.'),
  label: Type.String(),
  created_at: instant('When it was made.'),
  expires_at: instant('Until when it is good.'),
  state: stringEnum(['open', 'used', 'expired', 'revoked'], 'Whether it is good still.'),
  used_by: nullable(Type.String({ description: 'The agent that came by it.' })),
});
export type Invite = Static<typeof Invite>;

export const IssuedInvite = Type.Object({
  ...Invite.properties,
  code: Type.String({ description: 'Six letters and digits, shown once.' }),
  officeId: Type.String(),
  claim: Type.String({ description: 'The address of a page that says how to join.' }),
});
export type IssuedInvite = Static<typeof IssuedInvite>;
export const InviteParams = Type.Object({ ...OfficeParams.properties, inviteId: Type.String({ maxLength: 100 }) });

export const JoinRequest = open({
  code: Type.Optional(Type.String({ maxLength: 300, description: 'Needed. Also as the address that was shared.' })),
  agent_name: Type.Optional(Type.String({ maxLength: 300, description: 'Needed.' })),
  xmtp_address: Type.Optional(Type.String({ maxLength: 100 })),
  public_key: Type.Optional(Type.String({ maxLength: 140, description: 'secp256k1, as hex: lets the agent sign.' })),
  capabilities: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
});
export type JoinRequest = Static<typeof JoinRequest>;

export const JoinResponse = Type.Object({
  employee_id: Type.String(),
  bot_id: Type.String(),
  office_id: Type.String(),
  api_key: Type.String({ description: 'Shown once.' }),
  agent_name: Type.String(),
  xmtp: Type.Object({ office_group_id: Type.String(), registered: Type.Boolean() }),
});
export type JoinResponse = Static<typeof JoinResponse>;

export const JoinError = Type.Object({
  error: Type.String({
    description: 'invalid_json, invalid_code, code_used, code_expired, wrong_invite_type, no_office, …',
  }),
  message: Type.String(),
  code: Type.String(),
  mend: Type.String(),
  request_id: Type.String(),
});

export const HeartbeatResponse = Type.Object({
  ok: Type.Boolean(),
  online_until: instant('When the next beat is due.'),
});
export type HeartbeatResponse = Static<typeof HeartbeatResponse>;

export const AgentIdentity = Type.Object({
  agent_id: Type.String(),
  bot_id: Type.String(),
  employee_id: Type.String(),
  agent_name: Type.String(),
  office_id: Type.String(),
  role: Type.String(),
  originSource: stringEnum(['external', 'office'], 'Where it lives.'),
  status: stringEnum(['online', 'offline'], 'An external one is online for two minutes after each beat.'),
  capabilities: Type.Array(Type.String()),
});
export type AgentIdentity = Static<typeof AgentIdentity>;

export const ProxyQuery = Type.Object({
  view: stringEnum(['conversations', 'groups', 'messages', 'group-messages'], 'What to show.'),
  agent: Type.Optional(Type.String({ maxLength: 300 })),
  peer: Type.Optional(Type.String({ maxLength: 300 })),
  groupId: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
});
export const ProxyRequest = closed({
  action: stringEnum(['send', 'group-send', 'create-group', 'add-member', 'rename-group'], 'What to do.'),
  from: Type.Optional(
    Type.String({ maxLength: 300, description: 'The caller: an agent speaks with its own credential.' }),
  ),
  to: Type.Optional(Type.String({ maxLength: 300 })),
  body: Type.Optional(Type.String({ maxLength: 400_000 })),
  groupId: Type.Optional(Type.String({ maxLength: 200 })),
  name: Type.Optional(Type.String({ maxLength: 200 })),
  members: Type.Optional(Type.Array(Type.String({ maxLength: 300 }), { maxItems: 200 })),
  agent: Type.Optional(Type.String({ maxLength: 300 })),
  agentName: Type.Optional(Type.String({ maxLength: 300, description: 'As `agent`.' })),
});
export type ProxyRequest = Static<typeof ProxyRequest>;
export const ProxyResponse = open({});

export const DashboardQuery = Type.Object({
  office: Type.String({ minLength: 1, maxLength: 200 }),
  cursor: Type.Optional(Type.String({ maxLength: 20 })),
});
