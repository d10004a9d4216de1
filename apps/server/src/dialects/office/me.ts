import { office } from '@guildhall/contract';
import type { Principal } from '../../domain/access/index.ts';
import { actorOf } from '../../domain/access/index.ts';
import type { Door } from '../../http/index.ts';

function presentMe(principal: Principal): office.Me {
  const { kind, id } = actorOf(principal);
  const nobody = { kind, id, email: null, name: kind, organizations: [], office_id: null };
  switch (principal.kind) {
    case 'user':
      return { ...nobody, email: principal.email, name: principal.name, organizations: principal.organizations };
    case 'agent':
      return {
        ...nobody,
        name: principal.name,
        office_id: principal.officeId,
        organizations: [{ id: principal.organizationId, role: 'agent' }],
      };
    case 'organization_key':
      return { ...nobody, organizations: [{ id: principal.organizationId, role: principal.scopes.join(' ') }] };
    case 'order':
      return {
        ...nobody,
        office_id: principal.officeId,
        organizations: [{ id: principal.organizationId, role: 'order' }],
      };
    default:
      return nobody;
  }
}

export function meRoutes(door: Door): void {
  door.route(
    {
      method: 'GET',
      path: '/api/v1/me',
      id: 'me',
      tag: 'Identity',
      summary: 'Who this credential is',
      answers: { 200: office.Me },
    },
    async ({ context }) => presentMe(context.principal),
  );
}
