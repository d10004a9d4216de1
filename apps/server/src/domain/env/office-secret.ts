import { errors } from '@guildhall/kernel';
import { actorOf } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const VALUE_CHARS_MAX = 16_000;
const SECRETS_MAX = 200;

export interface OfficeSecret {
  name: string;
  updatedAt: number;
}

/** Keeps a secret of an office under a name. It is never shown again: the house uses it where it is named. */
export async function setOfficeSecret(context: Context, officeId: string, name: string, value: string): Promise<void> {
  if (!NAME.test(name)) throw errors.validationFailed('name', 'may hold letters, digits, ".", "-" and "_"');
  if (value === '' || value.length > VALUE_CHARS_MAX)
    throw errors.validationFailed('value', `is empty or longer than ${VALUE_CHARS_MAX} characters`);
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    const { count } = await tx.db
      .selectFrom('office_secrets')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('office_id', '=', office.id)
      .where('name', '<>', name)
      .executeTakeFirstOrThrow();
    if (Number(count) >= SECRETS_MAX)
      throw errors.validationFailed('name', `would be one of more than ${SECRETS_MAX}`, 'Delete some first.');
    const { kind, id } = actorOf(tx.principal);
    const row = {
      sealed: tx.house.vault.seal(value, placeOf(office.id, name)),
      updated_by: `${kind}:${id}`,
      updated_at: tx.house.clock.now(),
    };
    await tx.db
      .insertInto('office_secrets')
      .values({ office_id: office.id, name, ...row })
      .onConflict((conflict) => conflict.columns(['office_id', 'name']).doUpdateSet(row))
      .execute();
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'secret.set',
      subjectId: office.id,
      data: { name },
    });
  });
}

/** The names of an office's secrets. */
export async function listOfficeSecrets(context: Context, officeId: string): Promise<OfficeSecret[]> {
  const office = await loadOffice(context, officeId, 'offices:read');
  const rows = await context.db
    .selectFrom('office_secrets')
    .select(['name', 'updated_at'])
    .where('office_id', '=', office.id)
    .orderBy('name')
    .execute();
  return rows.map(({ name, updated_at }) => ({ name, updatedAt: updated_at }));
}

/** Throws `not_found` when there is none of that name. */
export async function deleteOfficeSecret(context: Context, officeId: string, name: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    const gone = await tx.db
      .deleteFrom('office_secrets')
      .where('office_id', '=', office.id)
      .where('name', '=', name)
      .returning('name')
      .executeTakeFirst();
    if (gone === undefined) throw errors.notFound('secret', name);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'secret.deleted',
      subjectId: office.id,
      data: { name },
    });
  });
}

/** For the house itself, where something that it does needs the secret. Undefined when there is none. */
export async function readOfficeSecret(context: Context, officeId: string, name: string): Promise<string | undefined> {
  const row = await context.db
    .selectFrom('office_secrets')
    .select('sealed')
    .where('office_id', '=', officeId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row === undefined ? undefined : context.house.vault.open(row.sealed, placeOf(officeId, name));
}

function placeOf(officeId: string, name: string): string {
  return `secret:${officeId}:${name}`;
}
