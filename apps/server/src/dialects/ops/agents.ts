import { ops } from '@guildhall/contract';
import { errors, formatInstant, type JsonObject } from '@guildhall/kernel';
import {
  type Agent,
  hireAgent,
  listOrganizationAgents,
  loadOrganizationAgent,
  presenceOf,
  restartAgent,
  startAgent,
  stopAgent,
} from '../../domain/agents/index.ts';
import { type Context, inTransaction } from '../../domain/context/index.ts';
import { ensureDefaultOffice } from '../../domain/offices/index.ts';
import { createHeartbeat } from '../../domain/schedules/index.ts';
import type { Door } from '../../http/index.ts';
import { offsetPage, organizationOf } from './scope.ts';

const STATES = ['active', 'paused', 'stopped'];

export function presentAgent(context: Context, agent: Agent): ops.Agent {
  const text = (key: string) => (typeof agent.profile[key] === 'string' ? String(agent.profile[key]) : null);
  return {
    id: agent.number,
    uuid: agent.id,
    name: agent.name,
    display_name: text('display_name') ?? agent.name,
    role: agent.role,
    status: statusOf(context, agent),
    model: agent.model_tier === 'none' ? context.house.driverOf(agent) : agent.model_tier,
    driver: context.house.driverOf(agent),
    emoji: text('emoji'),
    color: text('color'),
    interval_sec: typeof agent.profile.interval_sec === 'number' ? agent.profile.interval_sec : null,
    office_id: agent.office_id,
    last_heartbeat: agent.last_seen_at === null ? null : formatInstant(agent.last_seen_at),
    created_at: formatInstant(agent.created_at),
  };
}

const BUSY_MS = 60_000;

function statusOf(context: Context, agent: Agent): ops.Agent['status'] {
  if (agent.state === 'paused' || agent.state === 'stopped') return agent.state;
  if (!presenceOf(context, agent).online) return 'offline';
  return agent.last_seen_at !== null && context.house.clock.now() - agent.last_seen_at < BUSY_MS ? 'active' : 'idle';
}

/** Seed: orkosi-api Agents. */
export function agentRoutes(door: Door): void {
  const tag = 'Agents';
  const both = (path: string) => ({ path: `/api${path}`, aliases: [`/api/v1${path}`] });
  door.route(
    {
      method: 'GET',
      ...both('/agents'),
      id: 'agents.list',
      tag,
      summary: 'Agents of the organisation',
      query: ops.AgentListQuery,
      answers: { 200: ops.list(ops.Agent) },
    },
    async ({ context, query }) => {
      const page = offsetPage(query);
      const { agents, total } = await listOrganizationAgents(context, organizationOf(context), {
        ...page,
        states: statesOf(query.status),
      });
      return { data: agents.map((agent) => presentAgent(context, agent)), meta: { total, ...page } };
    },
  );
  door.route(
    {
      method: 'POST',
      ...both('/agents'),
      id: 'agents.create',
      tag,
      summary: 'Create an agent in the default office',
      body: ops.CreateAgentRequest,
      answers: { 200: ops.success(ops.Agent) },
      fails: [409],
      idempotent: true,
    },
    async ({ context, body }) => {
      const { name, role, model, run_mode, ...profile } = body;
      const agent = await inTransaction(context, async (tx) => {
        const office = await ensureDefaultOffice(tx, organizationOf(tx));
        const hired = await hireAgent(tx, office.id, {
          name,
          role,
          modelTier: model,
          runMode: run_mode,
          profile: profile as JsonObject,
        });
        if (body.interval_sec !== undefined) await createHeartbeat(tx, hired, body.interval_sec * 1_000);
        return hired;
      });
      return { data: presentAgent(context, agent), meta: { steps: ['record', 'event', 'audit', 'ready'] } };
    },
  );
  const lifecycle = (action: 'stop' | 'start', change: typeof stopAgent) =>
    door.route(
      {
        method: 'POST',
        ...both(`/agents/:name/${action}`),
        id: `agents.${action}`,
        tag,
        summary:
          action === 'stop'
            ? 'Stop an agent: no run starts until it is started'
            : 'Start an agent: what waited goes on',
        params: ops.AgentParams,
        body: OptionalNote,
        answers: { 200: ops.success(ops.Agent) },
        fails: [404],
      },
      async ({ context, params, body }) => {
        const agent = await loadOrganizationAgent(context, organizationOf(context), params.name, 'agents:read');
        const note = (body as { note?: string } | null | undefined)?.note ?? '';
        return { data: presentAgent(context, await change(context, agent.office_id, agent.id, note)), meta: {} };
      },
    );
  lifecycle('stop', stopAgent);
  lifecycle('start', startAgent);
  door.route(
    {
      method: 'POST',
      ...both('/agents/:name/restart'),
      id: 'agents.restart',
      tag,
      summary: 'Restart an agent: what it is at goes back to the queue',
      params: ops.AgentParams,
      body: OptionalNote,
      answers: { 200: ops.success(ops.Restarted) },
      fails: [404],
    },
    async ({ context, params }) => {
      const found = await loadOrganizationAgent(context, organizationOf(context), params.name, 'agents:read');
      const { agent, receipt } = await restartAgent(context, found.office_id, found.id);
      return { data: { ...presentAgent(context, agent), request_id: receipt.id }, meta: {} };
    },
  );
}

/** The body may be left out altogether. */
const OptionalNote = { ...ops.NoteRequest, nullable: true };

function statesOf(words: string | undefined): string[] | undefined {
  const states = words?.split(',').map((word) => word.trim());
  // `idle` and `offline` are moments of an active agent: the filter is about what was asked of it.
  const known = states?.map((word) => (word === 'idle' || word === 'offline' || word === 'error' ? 'active' : word));
  const unknown = known?.find((word) => !STATES.includes(word));
  if (unknown !== undefined) throw errors.validationFailed('status', `"${unknown}" is not one of ${STATES.join(', ')}`);
  return known;
}
