import { errors } from '@guildhall/kernel';
import type { Context } from '../../domain/context/index.ts';

/** The organisation that a call is about: the caller's own. People with several use the first that they own. */
export function organizationOf(context: Context): string {
  const { principal } = context;
  switch (principal.kind) {
    case 'user': {
      const home = principal.organizations.find(({ role }) => role === 'owner') ?? principal.organizations[0];
      if (home === undefined) throw errors.forbidden('offices:read');
      return home.id;
    }
    case 'agent':
    case 'organization_key':
    case 'order':
      return principal.organizationId;
    default:
      throw errors.unauthorized('This needs a credential.');
  }
}

export function offsetPage(query: { limit?: number; offset?: number }): { limit: number; offset: number } {
  return { limit: query.limit ?? 50, offset: query.offset ?? 0 };
}
