import type { Selectable } from 'kysely';
import type { UserRow } from '../../schema/index.ts';
import type { OrganizationRole, UserPrincipal } from '../access/index.ts';
import type { Context } from '../context/index.ts';

export type User = Selectable<UserRow>;

/** By id or by mail address. */
export async function findUser(context: Context, idOrEmail: string): Promise<User | undefined> {
  const column = idOrEmail.includes('@') ? 'email' : 'id';
  return context.db.selectFrom('users').selectAll().where(column, '=', idOrEmail.toLowerCase()).executeTakeFirst();
}

/** A user with the organisations that it belongs to. */
export async function principalOfUser(context: Context, user: User, firstParty = false): Promise<UserPrincipal> {
  const memberships = await context.db
    .selectFrom('memberships')
    .select(['organization_id', 'role'])
    .where('user_id', '=', user.id)
    .orderBy('organization_id')
    .execute();
  return {
    kind: 'user',
    userId: user.id,
    email: user.email,
    name: user.name,
    isOperator: user.is_operator,
    organizations: memberships.map((row) => ({ id: row.organization_id, role: row.role as OrganizationRole })),
    firstParty,
  };
}
