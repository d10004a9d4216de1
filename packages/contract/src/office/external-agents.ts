import Type, { type Static } from 'typebox';
import { closed, instant, nullable, open, stringEnum } from '../shapes.ts';
import { OfficeParams, PageQuery } from './offices.ts';
import { XMTPConversation, XMTPGroup, XMTPMessage } from './xmtp.ts';

/** Agents that live elsewhere (seed: mitosis-external-agents; spec: mitosis.md 3.5). */
export const CreateInviteRequest = closed({
  label: Type.Optional(Type.String({ maxLength: 200, description: 'For you, to tell invites apart.' })),
  expires_in_hours: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 8_760, description: '168 when left out.' }),
  ),
  type: Type.Optional(
    stringEnum(
      ['agent', 'human'],
      'Whom it invites; agent when left out. A person becomes a member of the organisation: who makes such an invite may give out keys.',
    ),
  ),
});
export type CreateInviteRequest = Static<typeof CreateInviteRequest>;

export const Invite = Type.Object({
  id: Type.String({ description: 'The `inviteId` in addresses; not the code.' }),
  type: stringEnum(['agent', 'human'], 'Whom it invites.'),
  label: Type.String({ description: 'As it was given; empty for none.' }),
  created_at: instant('When it was made.'),
  expires_at: instant('Until when it is good.'),
  state: stringEnum(['open', 'used', 'expired', 'revoked'], 'Whether it is good still.'),
  used_by: nullable(Type.String({ description: 'Id of the agent or of the person that came by it; null before.' })),
});
export type Invite = Static<typeof Invite>;

export const IssuedInvite = Type.Object({
  ...Invite.properties,
  code: Type.String({ description: 'Six letters and digits, shown once.' }),
  officeId: Type.String({ description: 'The office that it invites to.' }),
  claim: Type.String({ description: 'The address of a page that says how to join.' }),
});
export type IssuedInvite = Static<typeof IssuedInvite>;
export const InviteParams = Type.Object({
  ...OfficeParams.properties,
  inviteId: Type.String({ maxLength: 100, description: 'Id of an invite; not its code.' }),
});

export const JoinRequest = open({
  code: Type.Optional(Type.String({ maxLength: 300, description: 'Needed. Also as the address that was shared.' })),
  agent_name: Type.Optional(Type.String({ maxLength: 300, description: 'Needed.' })),
  xmtp_address: Type.Optional(
    Type.String({ maxLength: 100, description: 'Kept with the agent as sent; nothing is sent there.' }),
  ),
  public_key: Type.Optional(Type.String({ maxLength: 140, description: 'secp256k1, as hex: lets the agent sign.' })),
  capabilities: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 50,
      description: 'Words of the agent’s own, given back as sent; they grant nothing.',
    }),
  ),
});
export type JoinRequest = Static<typeof JoinRequest>;

export const JoinResponse = Type.Object({
  employee_id: Type.String({ description: 'Id of the agent in the office.' }),
  bot_id: Type.String({ description: 'The same as `employee_id`.' }),
  office_id: Type.String({ description: 'The office that it is in now.' }),
  api_key: Type.String({ description: 'Shown once.' }),
  agent_name: Type.String({ description: 'As you sent it, without space around it; unique in the office.' }),
  xmtp: Type.Object(
    {
      office_group_id: Type.String({ description: 'Id of the group of the whole office.' }),
      registered: Type.Boolean({ description: 'Always true: it is a member of that group.' }),
    },
    { description: 'Its place in the chat of the office.' },
  ),
});
export type JoinResponse = Static<typeof JoinResponse>;

export const ClaimRequest = open({
  code: Type.String({ minLength: 1, maxLength: 300, description: 'Also as the address that was shared.' }),
  email: Type.Optional(Type.String({ maxLength: 300, description: 'Yours; one is made up when left out.' })),
  name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'What to call you; the label of the invite when left out.',
    }),
  ),
  publicKey: Type.Optional(Type.String({ maxLength: 140, description: 'Sent by older clients; people have keys.' })),
});
export type ClaimRequest = Static<typeof ClaimRequest>;

export const ClaimResponse = Type.Object({
  key: Type.String({ description: 'Your personal key (`mi_…`), shown once.' }),
  userId: Type.String({ description: 'Who you are here.' }),
  officeId: Type.String({ description: 'The office that you were invited into.' }),
  onboarding: Type.Object(
    {
      officeName: Type.String({ description: 'What that office is called.' }),
      whatIsThis: Type.String({ description: 'What you have come into, in a sentence.' }),
      ownerPitch: Type.String({ description: 'Whose it is, and what you may do there.' }),
      nextSteps: Type.Array(Type.String(), { description: 'What to do first.' }),
    },
    { description: 'For a first page.' },
  ),
});
export type ClaimResponse = Static<typeof ClaimResponse>;

export const JoinError = Type.Object({
  error: Type.String({
    description: 'invalid_json, invalid_code, code_used, code_expired, wrong_invite_type, no_office, …',
  }),
  message: Type.String({ description: 'What happened, for people.' }),
  code: Type.String({ description: 'As `error`.' }),
  mend: Type.String({ description: 'What to do about it.' }),
  request_id: Type.String({ description: 'Names this request in the log of the server.' }),
});

export const HeartbeatResponse = Type.Object({
  ok: Type.Boolean({ description: 'Always true.' }),
  online_until: instant('When the next beat is due.'),
});
export type HeartbeatResponse = Static<typeof HeartbeatResponse>;

export const AgentIdentity = Type.Object({
  agent_id: Type.String({ description: 'Good wherever a name is asked for.' }),
  bot_id: Type.String({ description: 'The same as `agent_id`.' }),
  employee_id: Type.String({ description: 'The same as `agent_id`.' }),
  agent_name: Type.String({ description: 'Unique in its office.' }),
  office_id: Type.String({ description: 'The office that it works in.' }),
  role: Type.String({ description: '`external` of one that joined by an invite; else as it was hired.' }),
  originSource: stringEnum(['external', 'office'], 'Where it lives.'),
  status: stringEnum(['online', 'offline'], 'An external one is online for two minutes after each beat.'),
  capabilities: Type.Array(Type.String(), {
    description: 'As it gave them when it joined; a clone has those of its origin.',
  }),
});
export type AgentIdentity = Static<typeof AgentIdentity>;

export const ProxyQuery = Type.Object({
  view: stringEnum(['conversations', 'groups', 'messages', 'group-messages'], 'What to show.'),
  agent: Type.Optional(Type.String({ maxLength: 300, description: 'Of `messages`: one of the two, by name.' })),
  peer: Type.Optional(
    Type.String({ maxLength: 300, description: 'Of `messages`: the other one; `user` when left out.' }),
  ),
  groupId: Type.Optional(Type.String({ maxLength: 200, description: 'Of `group-messages`: id of the group.' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, description: '50 when left out; of messages the newest.' }),
  ),
  cursor: PageQuery.properties.cursor,
});
export const ProxyRequest = closed({
  action: stringEnum(['send', 'group-send', 'create-group', 'add-member', 'rename-group'], 'What to do.'),
  from: Type.Optional(
    Type.String({ maxLength: 300, description: 'The caller: an agent speaks with its own credential.' }),
  ),
  to: Type.Optional(Type.String({ maxLength: 300, description: 'Of `send`: an agent’s name.' })),
  body: Type.Optional(
    Type.String({
      maxLength: 400_000,
      description: 'Of `send` and `group-send`: what is said, at most 100,000 characters.',
    }),
  ),
  groupId: Type.Optional(
    Type.String({ maxLength: 200, description: 'Id of a group; for all but `send` and `create-group`.' }),
  ),
  name: Type.Optional(
    Type.String({ maxLength: 200, description: 'Of `create-group` and `rename-group`: 1 to 100 characters.' }),
  ),
  members: Type.Optional(
    Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 200,
      description: 'Of `create-group`: agents by name, number or id; `user` is a member of every group.',
    }),
  ),
  agent: Type.Optional(Type.String({ maxLength: 300, description: 'Of `add-member`: name, number or id.' })),
  agentName: Type.Optional(Type.String({ maxLength: 300, description: 'As `agent`.' })),
});
export type ProxyRequest = Static<typeof ProxyRequest>;
export const ProxyView = Type.Object({
  conversations: Type.Optional(Type.Array(XMTPConversation, { description: 'Of the view `conversations`.' })),
  groups: Type.Optional(Type.Array(XMTPGroup, { description: 'Of the view `groups`: the group of the office.' })),
  messages: Type.Optional(
    Type.Array(XMTPMessage, { description: 'Of the views `messages` and `group-messages`, oldest first.' }),
  ),
});
export type ProxyViewAnswer = Static<typeof ProxyView>;
export const ProxyResponse = open({}, 'What the action made: a message, or a group; empty for the others.');

/** A bot as the dashboard stream tells it. */
export const DashboardBot = Type.Object({
  bot_id: Type.String({ description: 'Id of the agent.' }),
  name: Type.String({ description: 'Unique in the office.' }),
  role: Type.String({ description: '`external` of one that joined by an invite; else as it was hired.' }),
  originSource: stringEnum(['external', 'office'], 'Where it lives.'),
  status: stringEnum(['online', 'offline', 'error'], 'How it is now.'),
  lastSeen: nullable(instant('When it last did something.')),
});
export type DashboardBot = Static<typeof DashboardBot>;

export const DashboardQuery = Type.Object({
  office: Type.String({ minLength: 1, maxLength: 200, description: 'Id of the office.' }),
  cursor: Type.Optional(
    Type.String({ maxLength: 20, description: 'The id of the last event that you have; 0 replays all that is kept.' }),
  ),
});
