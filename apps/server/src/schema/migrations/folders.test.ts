import { migrate, openEngine } from '@guildhall/storage';
import { openTestDatabase } from '@guildhall/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Tables } from '../tables.ts';
import { migrations } from './index.ts';

it('a drive of before there were folders has them afterwards, and what it takes of the disk', async () => {
  const database = await openTestDatabase();
  const { databaseUrl, sqlitePath } = database;
  const engine = await openEngine<Tables>({ databaseUrl, sqlitePath, sync: 'normal', poolSize: 2 });
  try {
    await migrate(
      engine,
      migrations.filter(({ name }) => name < '0015'),
    );
    const { db } = engine;
    await db.insertInto('organizations').values({ id: 'o', name: 'o', slug: 'o', created_at: 0 }).execute();
    await sql`insert into offices (id, organization_id, owner_user_id, name, status, settings, host, created_at, updated_at)
      values ('office', 'o', 'u', 'x', 'active', '{}', 'local', 0, 0)`.execute(db);
    for (const [id, name] of Object.entries({ a: 'top.md', b: 'reports/2026/march.md', c: 'reports/all.md' })) {
      await sql`insert into drive_files (id, office_id, name, version, sha256, size_bytes, media_type, written_by, created_at,
        updated_at) values (${id}, 'office', ${name}, 1, 'x', 5, 'text/plain', 'x', 0, 0)`.execute(db);
      await sql`insert into drive_versions (file_id, version, sha256, size_bytes, written_by, at)
        values (${id}, 1, 'x', 5, 'x', 0)`.execute(db);
    }
    await migrate(engine, migrations);
    const files = await db.selectFrom('drive_files').select(['name', 'folder']).orderBy('name').execute();
    expect(files.map(({ name, folder }) => [name, folder])).toEqual([
      ['reports/2026/march.md', 'reports/2026'],
      ['reports/all.md', 'reports'],
      ['top.md', ''],
    ]);
    const folders = await db.selectFrom('drive_folders').select(['path', 'parent']).orderBy('path').execute();
    expect(folders.map(({ path, parent }) => [path, parent])).toEqual([
      ['reports', ''],
      ['reports/2026', 'reports'],
    ]);
    expect(await db.selectFrom('drive_usage').selectAll().execute()).toEqual([
      { office_id: 'office', stored_bytes: 15 },
    ]);
  } finally {
    await engine.close();
    await database.drop();
  }
});
