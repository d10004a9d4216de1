import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MitosisClient } from '@guildhall/sdk';
import { eventually, openTestDatabase } from '@guildhall/testing';
import { packTar } from 'modern-tar';
import { expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from './testing/server-process.ts';

const KEY = 'mi_clone_crash_owner_key_001';
const FILES = 2_000;
const MEMORIES = 40;
/** It is tried three times. */
const KILLS = 2;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The state of an agent: many files, so that an installation has moments to be killed in. */
async function packageOfState() {
  const memories = JSON.stringify(Array.from({ length: MEMORIES }, (_, index) => `The heron number ${index} nests.`));
  const files: Record<string, string> = { 'identity/SOUL.md': '# Calm', 'memory/hybrid-memory.json': memories };
  for (let index = 0; index < FILES; index++) files[`workspace/docs/${index}.md`] = `Note ${index}. ${'x'.repeat(500)}`;
  const listed = Object.entries(files).map(
    ([path, text]) => [path, { sha256: sha256(text), size: Buffer.byteLength(text) }] as const,
  );
  const tar = await packTar(
    [['manifest.json', '{}'] as const, ...Object.entries(files)].map(([name, body]) => ({
      header: { name, size: Buffer.byteLength(body), type: 'file' as const },
      body,
    })),
  );
  const manifest = { version: '1.0' as const, agent_name: 'jared', files: Object.fromEntries(listed) };
  return { manifest, bundle: gzipSync(tar) };
}

/** On SQLite the next start knows that whoever held them is dead; elsewhere they run out, which takes two minutes. */
async function endLeases(databaseUrl: string): Promise<void> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('update clone_transfers set lease_expires_at = 0');
  await client.end();
}

it(`${KILLS} kills while a clone is installed leave it whole, and nothing in it twice`, {
  timeout: 240_000,
}, async () => {
  const database = await openTestDatabase();
  const start = () => startServerProcess(database, { GUILDHALL_OWNER_KEY: KEY });
  let server: ServerProcess = await start();
  const clientOf = (apiKey: string) => new MitosisClient({ endpoint: server.url, apiKey });
  try {
    const owner = clientOf(KEY);
    const { id: office } = await owner.offices.create({ name: 'nest' });
    await owner.offices.updateSettings(office, { allow_agent_hiring: true });
    const { code } = await owner.invites.create(office);
    const { api_key: key } = await owner.agents.join({ code, agent_name: 'jared' });
    const { manifest, bundle } = await packageOfState();
    const { transfer_id, clone_id, clone_name } = await clientOf(key).agents.clone();
    await clientOf(key).agents.transferState({
      transfer_id,
      manifest,
      bundle_base64: bundle.toString('base64'),
      bundle_size: bundle.length,
    });
    for (let kill = 0; kill < KILLS; kill++) {
      // In another part of it each time.
      await eventually(
        'some of it to be written',
        async () => {
          const { phase, progress } = await clientOf(key).agents.transferStatus(transfer_id);
          const isUnderWay = (progress ?? 0) > kill * 40 || ['online', 'failed'].includes(phase);
          return isUnderWay ? true : undefined;
        },
        60_000,
      );
      await server.end('SIGKILL');
      if (database.databaseUrl !== undefined) await endLeases(database.databaseUrl);
      server = await start();
    }
    const status = await eventually(
      'the clone to be whole',
      async () => {
        const now = await clientOf(key).agents.transferStatus(transfer_id);
        return ['online', 'failed'].includes(now.phase) ? now : undefined;
      },
      120_000,
    );
    expect(status).toMatchObject({ phase: 'online' });
    const folder = join(database.folder, 'workspaces', clone_id, 'docs');
    // What a kill left half written is no file of the clone's, and goes with a later write (workspace.test.ts).
    const whole = (await readdir(folder)).filter((name) => !name.endsWith('.guildhall-part'));
    expect(whole).toHaveLength(FILES);
    const again = clientOf(KEY);
    expect((await again.employees.list(office)).map(({ name }) => name).sort()).toEqual(['jared', clone_name].sort());
    const { api_key: cloneKey } = await again.employees.rotateCredentials(office, clone_name);
    const { results } = await clientOf(cloneKey).cortex(office).answer({ query: 'Which heron nests?', limit: 50 });
    const herons = results.filter(({ preview }) => preview.includes('heron'));
    expect(herons.length).toBeGreaterThan(0);
    expect(new Set(herons.map(({ preview }) => preview)).size).toBe(herons.length);
  } finally {
    await server.end('SIGKILL');
    await database.drop();
  }
});
