import { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import type { AgentPrincipal } from '../../domain/access/index.ts';
import { type Agent, loadAgent, presenceOf, touchAgent } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { createInvite, type Invite, listInvites, revokeInvite } from '../../domain/invites/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 100;
const BEAT_GOOD_MS = 120_000;
const MS_PER_HOUR = 3_600_000;
const tag = 'External agents';

/** Agents that live elsewhere (seed: mitosis-external-agents; spec: mitosis.md 3.5, 4.1, 4.2). */
export function externalAgentRoutes(door: Door): void {
  const base = '/api/v1/offices/:officeId/invites';
  door.route(
    {
      method: 'POST',
      path: base,
      id: 'invites.create',
      tag,
      summary: 'Invite an agent that lives elsewhere: a code for one agent, shown once',
      params: office.OfficeParams,
      body: { ...office.CreateInviteRequest, nullable: true },
      answers: { 201: office.IssuedInvite },
      fails: [404],
      idempotent: 'secret',
    },
    async ({ context, params, body, request }): Promise<office.IssuedInvite> => {
      const { label, expires_in_hours: hours, type: kind } = (body ?? {}) as office.CreateInviteRequest;
      const expiresInMs = hours === undefined ? undefined : Math.round(hours * MS_PER_HOUR);
      const { invite, code } = await createInvite(context, params.officeId, { label, expiresInMs, kind });
      const claim = `${request.protocol}://${request.host}/r/${code}`;
      return { ...presentInvite(context, invite), code, officeId: invite.office_id, claim };
    },
  );
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'invites.list',
      tag,
      summary: 'The invites of an office, newest first, without their codes',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.Invite) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listInvites(context, params.officeId, page)).map((invite) =>
        presentInvite(context, invite),
      );
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/:inviteId`,
      id: 'invites.revoke',
      tag,
      summary: 'End an invite that nobody used',
      params: office.InviteParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await revokeInvite(context, params.officeId, params.inviteId);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'POST',
      path: '/api/agents/heartbeat',
      id: 'agents.heartbeat',
      tag,
      summary: 'The agent is there: it counts as online for two minutes',
      body: { ...Type.Object({}), nullable: true },
      answers: { 200: office.HeartbeatResponse },
    },
    async ({ context }) => {
      const { agentId } = agentIn(context);
      await touchAgent(context, agentId);
      return { ok: true, online_until: formatInstant(context.house.clock.now() + BEAT_GOOD_MS) };
    },
  );
  door.route(
    {
      method: 'GET',
      path: '/api/agents/self',
      id: 'agents.self',
      tag,
      summary: 'Who the calling agent is',
      answers: { 200: office.AgentIdentity },
    },
    async ({ context }): Promise<office.AgentIdentity> => {
      const { agentId, officeId } = agentIn(context);
      return presentIdentity(context, await loadAgent(context, officeId, agentId, 'agents:read'));
    },
  );
}

function agentIn({ principal }: Context): AgentPrincipal {
  if (principal.kind !== 'agent') throw errors.forbidden('an agent’s own credential');
  return principal;
}

function presentIdentity(context: Context, agent: Agent): office.AgentIdentity {
  const { capabilities } = agent.profile;
  return {
    agent_id: agent.id,
    bot_id: agent.id,
    employee_id: agent.id,
    agent_name: agent.name,
    office_id: agent.office_id,
    role: agent.role,
    originSource: agent.driver === 'external' ? 'external' : 'office',
    status: presenceOf(context, agent).online ? 'online' : 'offline',
    capabilities: Array.isArray(capabilities) ? capabilities.map(String) : [],
  };
}

function presentInvite(context: Context, invite: Invite): office.Invite {
  const now = context.house.clock.now();
  const state =
    invite.used_at !== null
      ? 'used'
      : invite.revoked_at !== null
        ? 'revoked'
        : invite.expires_at <= now
          ? 'expired'
          : 'open';
  return {
    id: invite.id,
    type: invite.kind as office.Invite['type'],
    label: invite.label,
    created_at: formatInstant(invite.created_at),
    expires_at: formatInstant(invite.expires_at),
    state,
    used_by: invite.used_by,
  };
}
