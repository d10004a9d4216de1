import { office } from '@guildhall/contract';
import { errors, formatInstant, parseInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { listAgentActivity, summaryOf } from '../../domain/activity/index.ts';
import {
  fireAgent,
  listAgents,
  loadAgent,
  presenceOf,
  restartAgent,
  setSkills,
  startAgent,
  stopAgent,
} from '../../domain/agents/index.ts';
import { hireEquipped, updateEquipped } from '../../domain/env/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { type FailureCode, failureMend } from '../../domain/runs/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';
import { centsOf, modelOf, presentActivity, presentDetail, presentEmployee, profileOf } from './employee-shapes.ts';

const LIMIT_DEFAULT = 200;
const ACTIVITY_DEFAULT = 20;
const TAIL_DEFAULT = 100;

/** Seed: mitosis-sdk-reference 7.2. */
export function employeeRoutes(door: Door): void {
  const tag = 'Employees';
  const base = '/api/v1/offices/:officeId/employees';
  const one = `${base}/:name`;
  door.route(
    {
      method: 'POST',
      path: base,
      // Where clients of the original hire, by its dashboard.
      aliases: ['/api/offices/:officeId/employees'],
      id: 'employees.hire',
      tag,
      summary: 'Hire an agent',
      description:
        'At most 3 in 10 minutes and office. Without a model configured the agent runs on the `reflex` driver, and says so in `status.message`.',
      params: office.OfficeParams,
      body: office.HireRequest,
      answers: { 201: office.Employee },
      fails: [404, 409, 501],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const { role, publicKey } = body;
      return presentEmployee(
        context,
        await hireEquipped(
          context,
          params.officeId,
          {
            name: body.name,
            role,
            ...modelOf(body),
            publicKey,
            dailyCapCents: centsOf(body.dailyCapCredits),
            monthlyCapCents: body.monthlyCapCredits === null ? null : centsOf(body.monthlyCapCredits),
            runMode: body.runMode,
            driver: body.driver,
            profile: profileOf(body),
          },
          body,
        ),
      );
    },
  );
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'employees.list',
      tag,
      summary: 'The agents of an office',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.Employee) },
      fails: [404],
    },
    async ({ context, params, query, reply }) =>
      itemsWithCursor(
        reply,
        await listAgents(context, params.officeId, { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor }),
      ).map((agent) => presentEmployee(context, agent)),
  );
  door.route(
    {
      method: 'GET',
      path: one,
      id: 'employees.get',
      tag,
      summary: 'One agent',
      params: office.EmployeeParams,
      answers: { 200: office.EmployeeDetail },
      fails: [404],
    },
    async ({ context, params }) =>
      presentDetail(context, await loadAgent(context, params.officeId, params.name, 'agents:read')),
  );
  door.route(
    {
      method: 'PATCH',
      path: one,
      id: 'employees.update',
      tag,
      summary: 'Change an agent',
      params: office.EmployeeParams,
      body: office.UpdateEmployeeRequest,
      answers: { 200: office.Employee },
      fails: [404, 501],
    },
    async ({ context, params, body }) => {
      const { role, publicKey } = body;
      return presentEmployee(
        context,
        await updateEquipped(
          context,
          params.officeId,
          params.name,
          {
            role,
            ...modelOf(body),
            publicKey,
            dailyCapCents: centsOf(body.dailyCapCredits),
            monthlyCapCents: body.monthlyCapCredits === null ? null : centsOf(body.monthlyCapCredits),
            runMode: body.runMode,
            driver: body.driver,
            profile: profileOf(body),
          },
          body,
        ),
      );
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: one,
      id: 'employees.delete',
      tag,
      summary: 'Fire an agent',
      params: office.EmployeeParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await fireAgent(context, params.officeId, params.name);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/logs`,
      id: 'employees.logs',
      tag,
      summary: 'What the agent did, as lines',
      params: office.EmployeeParams,
      query: office.LogsQuery,
      answers: { 200: office.EmployeeLogs },
      fails: [404],
    },
    async ({ context, params, query }): Promise<office.EmployeeLogs> => {
      const agent = await loadAgent(context, params.officeId, params.name, 'agents:read');
      const events = await listAgentActivity(context, agent, { limit: query.tail ?? TAIL_DEFAULT, offset: 0 });
      const lines = events.reverse().map((event) => `${formatInstant(event.at)} ${summaryOf(event)}`);
      const { host } = await loadOffice(context, agent.office_id, 'agents:read');
      return { logs: lines.map((line) => `${line}\n`).join(''), pod: agent.driver === 'external' ? '' : host };
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/activity`,
      id: 'employees.activity',
      tag,
      summary: 'What the agent did, newest first',
      params: office.EmployeeParams,
      query: office.ActivityQuery,
      answers: { 200: Type.Array(office.ActivityEvent) },
      fails: [404],
    },
    async ({ context, params, query }) => {
      const agent = await loadAgent(context, params.officeId, params.name, 'agents:read');
      const sinceAt = query.since === undefined ? undefined : parseInstant(query.since);
      if (query.since !== undefined && sinceAt === undefined) throw errors.validationFailed('since', 'is not a time');
      const events = await listAgentActivity(context, agent, {
        limit: query.limit ?? ACTIVITY_DEFAULT,
        offset: query.offset ?? 0,
        categories: query.category?.split(',').map((word) => word.trim()),
        sinceAt,
      });
      return events.map(presentActivity);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/presence`,
      id: 'employees.presence',
      tag,
      summary: 'Whether the agent is there',
      params: office.EmployeeParams,
      answers: { 200: office.Presence },
      fails: [404],
    },
    async ({ context, params }): Promise<office.Presence> => {
      const presence = presenceOf(context, await loadAgent(context, params.officeId, params.name, 'agents:read'));
      return {
        online: presence.online,
        ...(presence.lastSeenAt === null ? {} : { last_seen: formatInstant(presence.lastSeenAt) }),
      };
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/action`,
      id: 'employees.action',
      tag,
      summary: 'Stop, start or restart an agent',
      description: 'Stopped, no run of it starts from the next claim on, and what it is at goes back to its queue.',
      params: office.EmployeeParams,
      body: office.EmployeeAction,
      answers: { 200: office.Employee },
      fails: [404],
    },
    async ({ context, params, body }) => {
      const { officeId, name } = params;
      const note = body.params?.note ?? '';
      switch (body.action) {
        case 'stop':
        case 'pause':
          return presentEmployee(context, await stopAgent(context, officeId, name, note));
        case 'start':
        case 'resume':
          return presentEmployee(context, await startAgent(context, officeId, name, note));
        case 'restart':
          return presentEmployee(context, (await restartAgent(context, officeId, name)).agent);
      }
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/skills`,
      id: 'employees.setSkills',
      tag,
      summary: 'Give skills to an agent, or take some away',
      description: 'A skill is a folder `skills/<name>` with a SKILL.md on the office’s drive, read when it is needed.',
      params: office.EmployeeParams,
      body: office.SkillsRequest,
      answers: { 200: office.Employee },
      fails: [404],
    },
    async ({ context, params, body }) =>
      presentEmployee(context, await setSkills(context, params.officeId, params.name, body)),
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/last-error`,
      id: 'employees.lastError',
      tag,
      summary: 'The agent’s last failure',
      params: office.EmployeeParams,
      answers: { 200: office.LastError },
      fails: [404],
    },
    async ({ context, params }): Promise<office.LastError> => {
      const { last_error: error } = await loadAgent(context, params.officeId, params.name, 'agents:read');
      if (error === null) return {};
      const code = String(error.code);
      return {
        error: String(error.message),
        code,
        timestamp: formatInstant(Number(error.at)),
        mend: failureMend[code as FailureCode] ?? null,
      };
    },
  );
}
