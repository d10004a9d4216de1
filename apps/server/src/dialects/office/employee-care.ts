import { office } from '@guildhall/contract';
import { formatInstant, type JsonObject } from '@guildhall/kernel';
import Type from 'typebox';
import {
  archiveAgent,
  loadAgent,
  reportStatus,
  restartAgent,
  restoreAgent,
  rotateCredentials,
  startAgent,
  stopAgent,
  updateAgent,
} from '../../domain/agents/index.ts';
import { type ChatSession, listChatSessions, readHeard } from '../../domain/conversations/index.ts';
import { newestEvents } from '../../domain/events/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';
import { presentEmployee } from './employee-shapes.ts';
import { presentEvent } from './events.ts';

const LIMIT_DEFAULT = 100;
const nothing = () => new Answer(204, undefined);

/** What is done for agents that are there (seed: mitosis-sdk-reference 7.2). */
export function employeeCareRoutes(door: Door): void {
  const tag = 'Employees';
  const one = '/api/v1/offices/:officeId/employees/:name';
  const params = office.EmployeeParams;
  door.route(
    {
      method: 'POST',
      path: `${one}/promote`,
      id: 'employees.promote',
      tag,
      summary: 'Give an agent another model',
      description: 'Its next turn is thought by it. `none` makes it work by rules.',
      params,
      body: office.PromoteRequest,
      answers: { 200: office.Employee },
      fails: [404],
    },
    async ({ context, params, body }) => {
      const { modelTier, provider: modelProvider, resources } = body;
      const profile = resources === undefined ? undefined : ({ resources } as JsonObject);
      const changes = { modelTier, modelProvider, profile };
      return presentEmployee(context, await updateAgent(context, params.officeId, params.name, changes));
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/archive`,
      id: 'employees.archive',
      tag,
      summary: 'Put an agent away: no run of it starts, what it is and did stays',
      params,
      answers: { 200: office.Employee },
      fails: [404, 409],
    },
    async ({ context, params }) => presentEmployee(context, await archiveAgent(context, params.officeId, params.name)),
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/restore`,
      id: 'employees.restore',
      tag,
      summary: 'Bring an agent back that was put away',
      params,
      answers: { 200: office.Employee },
      fails: [404, 409],
    },
    async ({ context, params }) => presentEmployee(context, await restoreAgent(context, params.officeId, params.name)),
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/lifecycle`,
      id: 'employees.lifecycle',
      tag,
      summary: 'Start, stop, restart, archive or restore an agent',
      params,
      body: office.LifecycleRequest,
      answers: { 200: office.Employee },
      fails: [404, 409],
    },
    async ({ context, params, body }) => {
      const { officeId, name } = params;
      switch (body.action) {
        case 'start':
        case 'resume':
          return presentEmployee(context, await startAgent(context, officeId, name));
        case 'stop':
        case 'pause':
          return presentEmployee(context, await stopAgent(context, officeId, name));
        case 'restart':
          return presentEmployee(context, (await restartAgent(context, officeId, name)).agent);
        case 'archive':
          return presentEmployee(context, await archiveAgent(context, officeId, name));
        case 'restore':
          return presentEmployee(context, await restoreAgent(context, officeId, name));
      }
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/credentials/rotate`,
      id: 'employees.rotateCredentials',
      tag,
      summary: 'Give an agent a new key; what it had is good for ten minutes more',
      params,
      body: { ...office.RotateCredentialsRequest, nullable: true },
      answers: { 200: office.RotatedCredentials },
      fails: [404],
      idempotent: 'secret',
    },
    async ({ context, params, body }): Promise<office.RotatedCredentials> => {
      const publicKey = (body as office.RotateCredentialsRequest | null | undefined)?.publicKey;
      const rotated = await rotateCredentials(context, params.officeId, params.name, publicKey);
      const { key, previousValidUntil, signingKey } = rotated;
      return {
        api_key: key,
        previous_valid_until: formatInstant(previousValidUntil),
        ...(signingKey === undefined
          ? {}
          : { signing_key: { public_key: signingKey.publicKey, private_key: signingKey.privateKey } }),
      };
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/events`,
      id: 'employees.logStatusEvent',
      tag,
      summary: 'Put on record what happened to an agent',
      params,
      body: office.StatusEventRequest,
      answers: { 204: null },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      await reportStatus(context, params.officeId, params.name, body);
      return nothing();
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/events`,
      id: 'employees.events',
      tag,
      summary: 'What happened to an agent: its life, without its work and its talk; newest first',
      params,
      query: office.EmployeeEventsQuery,
      answers: { 200: Type.Array(office.Event) },
      fails: [404],
    },
    async ({ context, params, query }) => {
      const agent = await loadAgent(context, params.officeId, params.name, 'agents:read');
      const filter = { officeId: agent.office_id, agentId: agent.id, types: ['agent', 'budget', 'approval'] };
      const page = { limit: query.limit ?? LIMIT_DEFAULT, beforeSeq: query.before };
      const events = await readHeard(context, page, ({ limit, beforeSeq }) =>
        newestEvents(context, agent.organization_id, filter, limit, beforeSeq),
      );
      return events.map(presentEvent);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/chat-sessions`,
      id: 'employees.chatSessions',
      tag,
      summary: 'The conversations that an agent takes part in, newest first',
      params,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.ChatSession) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const agent = await loadAgent(context, params.officeId, params.name, 'agents:read');
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listChatSessions(context, agent, page)).map(presentChatSession);
    },
  );
}

function presentChatSession(session: ChatSession): office.ChatSession {
  const { last_message_at: lastAt } = session;
  return {
    session_key: session.id,
    started_at: formatInstant(session.created_at),
    messages: session.messageCount,
    kind: session.kind as office.ChatSession['kind'],
    ...(lastAt === null ? {} : { last_message_at: formatInstant(lastAt) }),
  };
}
