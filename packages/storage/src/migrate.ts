import { sha256Hex } from '@guildhall/kernel';
import { type Kysely, sql } from 'kysely';
import { orderByBytes } from './byte-order.ts';
import type { Engine } from './engine.ts';
import { prepareFoldedText } from './folded-text.ts';

/** One numbered step of the schema: plain SQL statements, the same names on both engines. */
export interface Migration {
  /** `0001_house`: the number orders, the word tells. */
  name: string;
  statements(kind: 'sqlite' | 'postgres'): string[];
}

/**
 * Applies what is missing, under a lock, each migration in one transaction. Throws when a migration that was applied
 * has changed since, or when the database is newer than this program.
 */
export async function migrate<Tables>(engine: Engine<Tables>, migrations: readonly Migration[]): Promise<string[]> {
  return engine.withLock('guildhall:migrate', async () => {
    const db = engine.db as unknown as Kysely<{ schema_migrations: { name: string; checksum: string } }>;
    await sql`create table if not exists schema_migrations (name text primary key, checksum text not null)`.execute(db);
    const applied = new Map(
      (await db.selectFrom('schema_migrations').selectAll().execute()).map((row) => [row.name, row.checksum]),
    );
    const steps = migrations.map((step) => {
      const statements = step.statements(engine.kind);
      return { name: step.name, statements, checksum: sha256Hex(statements.join(';\n')) };
    });
    refuseDrift(applied, steps);

    if (engine.kind === 'postgres') await prepareFoldedText(engine.db);
    const missing = steps.filter((step) => !applied.has(step.name));
    for (const step of missing) {
      await db.transaction().execute(async (transaction) => {
        for (const statement of step.statements) await sql.raw(statement).execute(transaction);
        await transaction
          .insertInto('schema_migrations')
          .values({ name: step.name, checksum: step.checksum })
          .execute();
      });
    }
    if (engine.kind === 'postgres' && missing.length > 0)
      await db.transaction().execute((transaction) => orderByBytes(transaction));
    return missing.map((step) => step.name);
  });
}

function refuseDrift(applied: Map<string, string>, steps: { name: string; checksum: string }[]): void {
  const known = new Map(steps.map((step) => [step.name, step.checksum]));
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw new Error(
        `The database has migration ${name}, which this version does not know. Start the newer version again.`,
      );
    }
    if (known.get(name) !== checksum) {
      throw new Error(
        `Migration ${name} has changed since it was applied. Restore the file; put changes into a new migration.`,
      );
    }
  }
}
