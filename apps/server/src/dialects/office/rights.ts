import { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { actorOf, type Principal, permissionsIn, roles } from '../../domain/access/index.ts';
import {
  type Delegate,
  deleteDelegate,
  listDelegates,
  loadDelegate,
  setDelegate,
} from '../../domain/delegates/index.ts';
import { officeModelKeys } from '../../domain/integrations/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 100;

/** Who may do what (seed: mitosis-sdk-reference 7.9: RolesAPI, DelegatesAPI, CapabilitiesAPI). */
export function rightsRoutes(door: Door): void {
  const tag = 'Rights';
  const base = '/api/v1/offices/:officeId';
  door.route(
    {
      method: 'GET',
      path: `${base}/roles`,
      id: 'roles.list',
      tag,
      summary: 'The sets of permissions that members and agents have',
      params: office.OfficeParams,
      answers: { 200: Type.Array(office.Role) },
      fails: [404],
    },
    async ({ context, params }): Promise<office.Role[]> => {
      await loadOffice(context, params.officeId, 'offices:read');
      return roles.map((role) => ({ ...role, permissions: [...role.permissions] }));
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/roles/:roleName`,
      id: 'roles.get',
      tag,
      summary: 'One set of permissions',
      params: office.RoleParams,
      answers: { 200: office.Role },
      fails: [404],
    },
    async ({ context, params }): Promise<office.Role> => {
      await loadOffice(context, params.officeId, 'offices:read');
      const role = roles.find(({ name }) => name === params.roleName);
      if (role === undefined) throw errors.notFound('role', params.roleName);
      return { ...role, permissions: [...role.permissions] };
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/delegates`,
      id: 'delegates.list',
      tag,
      summary: 'The agents to which something was delegated',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.Delegate) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listDelegates(context, params.officeId, page)).map(presentDelegate);
    },
  );
  const one = `${base}/delegates/:agentId`;
  door.route(
    {
      method: 'GET',
      path: one,
      id: 'delegates.get',
      tag,
      summary: 'What was delegated to an agent',
      params: office.DelegateParams,
      answers: { 200: office.Delegate },
      fails: [404],
    },
    async ({ context, params }) => presentDelegate(await loadDelegate(context, params.officeId, params.agentId)),
  );
  for (const [method, id, isNew] of [
    ['POST', 'delegates.create', true],
    ['PATCH', 'delegates.update', false],
  ] as const)
    door.route(
      {
        method,
        path: one,
        id,
        tag,
        summary: isNew ? 'Delegate permissions to an agent' : 'Replace what was delegated to an agent',
        description: 'These and no more, and none that you have not yourself. Agents delegate nothing.',
        params: office.DelegateParams,
        body: office.CreateDelegateRequest,
        answers: { [isNew ? 201 : 200]: office.Delegate },
        fails: isNew ? [404, 409] : [404],
        idempotent: isNew,
      },
      async ({ context, params, body }) =>
        presentDelegate(await setDelegate(context, params.officeId, params.agentId, body.permissions, isNew)),
    );
  door.route(
    {
      method: 'DELETE',
      path: one,
      id: 'delegates.delete',
      tag,
      summary: 'Take back what was delegated to an agent',
      params: office.DelegateParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await deleteDelegate(context, params.officeId, params.agentId);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/capabilities/self`,
      id: 'capabilities.self',
      tag,
      summary: 'What this credential may do in this office',
      params: office.OfficeParams,
      answers: { 200: office.Capabilities },
      fails: [404],
    },
    async ({ context, params }): Promise<office.Capabilities> => {
      const row = await loadOffice(context, params.officeId, 'offices:read');
      const { principal } = context;
      const place = { organizationId: row.organization_id, officeId: row.id };
      return {
        office_id: row.id,
        principal: { ...actorOf(principal), name: nameOf(principal) } as office.Capabilities['principal'],
        permissions: permissionsIn(principal, place),
        delegated: principal.kind === 'agent' ? [...principal.delegated] : [],
        drivers: context.house
          .drivers(await officeModelKeys(context, row.id))
          .filter(({ isAvailable }) => isAvailable)
          .map(({ name }) => name),
      };
    },
  );
}

function nameOf(principal: Principal): string {
  if (principal.kind === 'agent' || principal.kind === 'user') return principal.name;
  return principal.kind;
}

function presentDelegate(delegate: Delegate): office.Delegate {
  return {
    agent_id: delegate.agent_id,
    agent_name: delegate.agentName,
    permissions: delegate.permissions,
    created_at: formatInstant(delegate.created_at),
  };
}
