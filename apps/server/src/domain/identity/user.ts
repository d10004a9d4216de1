import { errors, newId } from '@guildhall/kernel';
import { type Context, createStream, inTransaction, record } from '../context/index.ts';
import { storeGivenKey } from './api-key.ts';
import type { User } from './user-store.ts';

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;

/** Makes a user with an organisation of its own. Throws `name_taken` when the address is in use. */
export async function createUser(
  context: Context,
  input: { email: string; name: string; isOperator?: boolean },
): Promise<User> {
  const email = input.email.trim().toLowerCase();
  if (!EMAIL.test(email)) throw errors.validationFailed('email', 'is not a mail address');
  return inTransaction(context, async (tx) => {
    const now = tx.house.clock.now();
    const inserted = await tx.db
      .insertInto('users')
      .values({ id: newId(), email, name: input.name, is_operator: input.isOperator ?? false, created_at: now })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted === undefined) throw errors.nameTaken('a user', email);
    const organizationId = newId();
    await tx.db
      .insertInto('organizations')
      .values({
        id: organizationId,
        name: `${input.name}'s organisation`,
        slug: `org-${organizationId.slice(-12)}`,
        created_at: now,
      })
      .execute();
    await tx.db
      .insertInto('memberships')
      .values({ organization_id: organizationId, user_id: inserted.id, role: 'owner' })
      .execute();
    await createStream(tx.db, organizationId);
    record(tx, { organizationId, type: 'user.created', subjectId: inserted.id, data: { email, name: input.name } });
    return inserted;
  });
}

export interface FirstStart {
  owner: User;
  /** The owner's key, in clear, when this start made it. */
  key?: string;
}

/** Makes the owner on the first start. `givenKey` is the key to use for unattended installs; else one is made up. */
export async function ensureOwner(
  context: Context,
  newKey: () => string,
  givenKey: string | undefined,
): Promise<FirstStart> {
  return context.house.engine.withLock('guildhall:owner', () =>
    inTransaction(context, async (tx) => {
      const known = await tx.db
        .selectFrom('users')
        .selectAll()
        .where('is_operator', '=', true)
        .orderBy('number')
        .limit(1)
        .executeTakeFirst();
      if (known !== undefined) {
        const added = givenKey !== undefined && (await storeGivenKey(tx, known, givenKey, 'owner key'));
        return added ? { owner: known, key: givenKey } : { owner: known };
      }
      const owner = await createUser(tx, { email: 'owner@guildhall.local', name: 'owner', isOperator: true });
      const key = givenKey ?? newKey();
      await storeGivenKey(tx, owner, key, 'owner key');
      return { owner, key };
    }),
  );
}
