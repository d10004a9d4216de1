import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CloneTransferStatus, MitosisClient } from '@guildhall/sdk';
import { eventually } from '@guildhall/testing';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimTransfer } from '../../domain/clones/index.ts';
import { installClones } from '../../runtime/install-clone.ts';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let tenant: Tenant;
let mi: MitosisClient;
let office: string;
let jared: MitosisClient;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('clones');
  mi = new MitosisClient({ endpoint: test.url, apiKey: tenant.key });
  office = (await mi.offices.create({ name: 'clones' })).id;
  jared = await join_(office, 'jared');
});
afterAll(() => test.close());

async function join_(officeId: string, name: string): Promise<MitosisClient> {
  const { code } = await mi.invites.create(officeId);
  const { api_key } = await new MitosisClient({ endpoint: test.url }).agents.join({ code, agent_name: name });
  return new MitosisClient({ endpoint: test.url, apiKey: api_key });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function manifestOf(files: Record<string, string>, stats: Record<string, unknown> = {}) {
  return {
    version: '1.0' as const,
    agent_name: 'jared',
    origin: 'elsewhere',
    packed_at: '2026-11-26T00:00:00Z',
    files: Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, { sha256: sha256(text), size: Buffer.byteLength(text) }]),
    ),
    stats,
  };
}

type Extra = { name: string; type?: 'symlink'; text?: string };

async function packageOf(
  files: Record<string, string>,
  extra: Extra[] = [],
  begins = 'manifest.json',
): Promise<Buffer> {
  const file = (name: string, text: string) => ({
    header: { name, size: Buffer.byteLength(text), type: 'file' as const },
    body: text,
  });
  const others = extra.map(({ name, type, text = '' }) =>
    type === 'symlink'
      ? { header: { name, size: 0, type: 'symlink' as const, linkname: '/etc/passwd' } }
      : file(name, text),
  );
  const tar = await packTar([
    file(begins, '{}'),
    ...Object.entries(files).map(([name, text]) => file(name, text)),
    ...others,
  ]);
  return gzipSync(tar);
}

/** Sends a package and waits until it is installed. */
async function send(files: Record<string, string>, options: { bundle?: Buffer; extra?: Extra[]; stats?: object } = {}) {
  const { transfer_id, clone_name, clone_id } = await jared.agents.clone();
  const bundle = options.bundle ?? (await packageOf(files, options.extra));
  const received = await jared.agents.transferState({
    transfer_id,
    manifest: manifestOf(files, { ...options.stats }),
    bundle_base64: bundle.toString('base64'),
    bundle_size: bundle.length,
  });
  expect(received.phase).toBe('received');
  return { transfer_id, clone_name, clone_id, status: await ended(transfer_id) };
}

async function ended(transferId: string): Promise<CloneTransferStatus> {
  return eventually('the transfer has ended', async () => {
    await installClones(test.system);
    const status = await jared.agents.transferStatus(transferId);
    return ['online', 'failed'].includes(status.phase) ? status : undefined;
  });
}

const inFolder = (agentId: string, path: string) =>
  readFile(join(test.config.dataFolder, 'workspaces', agentId, path), 'utf8');

describe('a clone', () => {
  it('needs the right to hire in its own office, or an invite to another', async () => {
    await expect(jared.agents.clone()).rejects.toMatchObject({ status: 403 });
    await expect(mi.agents.clone()).rejects.toMatchObject({ status: 403 });
    await mi.offices.updateSettings(office, { allow_agent_hiring: true });
    expect(await jared.agents.clone()).toMatchObject({
      clone_name: 'jared-clone',
      office_id: office,
      origin_name: 'jared',
      status: 'provisioning',
    });
    const other = (await mi.offices.create({ name: 'other', forceCreate: true })).id;
    const { code, id } = await mi.invites.create(other);
    const made = await jared.agents.clone({ code, name: 'jay' });
    expect(made).toMatchObject({ clone_name: 'jay', office_id: other });
    expect((await mi.invites.list(other))[0]).toMatchObject({ id, state: 'used', used_by: made.clone_id });
    await expect(jared.agents.clone({ code })).rejects.toMatchObject({ status: 410 });
    await expect(jared.agents.clone({ code: 'ZZZZZZ' })).rejects.toMatchObject({ status: 400 });
    expect((await mi.employees.get(other, 'jay')).status.ready).toBe(true);
  });

  it('has what it brought: files, what it remembers (for itself alone), its jobs; the report says so', async () => {
    const files = {
      'identity/SOUL.md': '# Calm',
      'identity/AGENTS.md': '# Rules',
      'memory/session/monday.jsonl':
        '{"role":"user","content":"The heron nests in Larvik."}\n{"role":"assistant","content":"Noted."}\n',
      'memory/hybrid-memory.json': JSON.stringify({ entries: [{ id: 'a', text: 'Tea is at four.' }, 'Milk is sour.'] }),
      'skills/cook/SKILL.md': 'Stir.',
      'scripts/run.sh': 'echo hi',
      'config/cron-jobs.json': JSON.stringify({
        jobs: [
          {
            name: 'morning',
            schedule: { kind: 'cron', expr: '0 7 * * *', tz: 'Europe/Oslo' },
            payload: { message: 'Good day.' },
          },
          { name: 'odd', schedule: { kind: 'moon' } },
        ],
      }),
      'config/clawdbot.json': JSON.stringify({ agent: { model: 'nowhere/none' }, token: 'hush-hush-token' }),
      'workspace/docs/a.md': 'A doc.',
    };
    const { status, clone_id, clone_name } = await send(files);
    expect(status).toMatchObject({
      phase: 'online',
      progress: 100,
      report: {
        overall_status: 'completed_with_warnings',
        origin_agent: 'jared',
        phases: { identity: { status: 'ok', filesWritten: 2 }, memory: { status: 'ok' }, workspace: { status: 'ok' } },
        summary: {
          files_transferred: 9,
          files_failed: 0,
          memory_entries: 3,
          personality_transferred: true,
          provider_preserved: false,
          warnings: [expect.stringContaining('odd'), expect.stringContaining('nowhere/none')],
        },
      },
    });
    expect(await inFolder(clone_id, 'SOUL.md')).toBe('# Calm');
    expect(await inFolder(clone_id, 'AGENTS.md')).toContain('skills/');
    expect(await inFolder(clone_id, 'docs/a.md')).toBe('A doc.');
    expect(await inFolder(clone_id, 'skills/cook/SKILL.md')).toBe('Stir.');
    expect((await mi.schedules.list(office)).map(({ name, agent }) => [name, agent])).toEqual([
      ['morning', clone_name],
    ]);
    const own = new MitosisClient({
      endpoint: test.url,
      apiKey: (await mi.employees.rotateCredentials(office, clone_name)).api_key,
    });
    const find = async (who: MitosisClient) =>
      (await who.cortex(office).answer({ query: 'heron Larvik' })).results.length;
    expect([await find(own), await find(jared)]).toEqual([1, 0]);
    expect(JSON.stringify(await mi.events.list(office))).not.toContain('hush-hush');
  });

  it('takes nothing in that a package must not hold, and says of each why', async () => {
    const files = { 'identity/SOUL.md': 'x', 'workspace/docs/good.md': 'good', 'workspace/docs/gone.md': 'gone' };
    const sent = { ...files, 'workspace/docs/wrong.md': 'right' };
    const bundle = await packageOf(
      { 'identity/SOUL.md': 'x', 'workspace/docs/good.md': 'good', 'workspace/docs/wrong.md': 'changed' },
      [
        { name: 'workspace/docs/link', type: 'symlink' },
        { name: '../../escape.md', text: 'out' },
        { name: 'workspace/docs/../../../escape.md', text: 'out' },
        { name: '/etc/escape', text: 'out' },
        { name: 'workspace/docs/.env', text: 'KEY=1' },
        { name: 'workspace/data/node_modules/x.js', text: 'x' },
        { name: 'workspace/data/state.sqlite', text: 'x' },
        { name: 'other/place.md', text: 'x' },
        { name: 'workspace/docs/unnamed.md', text: 'x' },
      ],
    );
    const { status, clone_id } = await send(sent, { bundle });
    expect(status.report).toMatchObject({
      overall_status: 'partial',
      phases: { workspace: { filesFailed: ['workspace/docs/wrong.md', 'workspace/docs/gone.md'], filesWritten: 1 } },
    });
    const warnings = status.report?.summary.warnings.join('\n');
    for (const word of ['link', 'escape', '.env', 'node_modules', 'state.sqlite', 'other/place.md', 'unnamed.md'])
      expect(warnings).toContain(word);
    expect(status.report?.summary.warnings).toHaveLength(9);
    expect(await inFolder(clone_id, 'docs/good.md')).toBe('good');
    for (const path of ['docs/link', 'docs/.env', 'docs/wrong.md', '../escape.md', '../../escape.md'])
      await expect(inFolder(clone_id, path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['no gzip', Buffer.from('rubbish')],
    ['no tar', gzipSync(Buffer.from('rubbish'.repeat(200)))],
    ['cut off', gzipSync(Buffer.alloc(4_096, 'x')).subarray(0, 20)],
  ])('whose package is %s fails with a reason; the agent stays', async (_what, bundle) => {
    const { status, clone_name } = await send({ 'identity/SOUL.md': 'x' }, { bundle });
    expect(status).toMatchObject({ phase: 'failed', error: expect.stringMatching(/package/) });
    expect((await mi.employees.get(office, clone_name)).status.ready).toBe(true);
  });

  it('whose package does not begin with its manifest fails', async () => {
    const bundle = await packageOf({}, [], 'identity/SOUL.md');
    expect((await send({ 'identity/SOUL.md': '{}' }, { bundle })).status).toMatchObject({
      phase: 'failed',
      error: expect.stringContaining('manifest.json'),
    });
  });

  it('takes a larger package at its address, as a stream, once, and from its own origin only', async () => {
    const { transfer_id, upload_url, clone_id } = await jared.agents.clone();
    const files = { 'workspace/data/large.txt': 'line\n'.repeat(200_000) };
    const put = (who: MitosisClient, body: Buffer) => who.agents.uploadBundle(transfer_id, new Uint8Array(body));
    const bundle = await packageOf(files);
    await expect(put(jared, bundle)).rejects.toMatchObject({ status: 409 });
    expect(await jared.agents.transferState({ transfer_id, manifest: manifestOf(files) })).toMatchObject({
      phase: 'awaiting_bundle',
      upload_url,
    });
    const stranger = await join_(office, `stranger-${transfer_id.slice(-4)}`);
    await expect(stranger.agents.transferStatus(transfer_id)).rejects.toMatchObject({ status: 404 });
    await expect(put(stranger, bundle)).rejects.toMatchObject({ status: 404 });
    expect((await put(jared, bundle)).phase).toBe('received');
    await expect(put(jared, bundle)).rejects.toMatchObject({ status: 409 });
    expect((await ended(transfer_id)).report?.overall_status).toBe('completed');
    expect(await inFolder(clone_id, 'data/large.txt')).toHaveLength(1_000_000);
    expect((await mi.agents.transferStatus(transfer_id)).phase).toBe('online');
  });

  it('is installed by another when the process that was at it died; tried too often, it fails', async () => {
    const { transfer_id, clone_id } = await jared.agents.clone();
    const files = { 'identity/SOUL.md': 'again', 'memory/hybrid-memory.json': '["One memory."]' };
    const bundle = await packageOf(files);
    await jared.agents.transferState({
      transfer_id,
      manifest: manifestOf(files),
      bundle_base64: bundle.toString('base64'),
    });
    // Somebody takes it and is never heard of again.
    expect((await claimTransfer(test.system))?.id).toBe(transfer_id);
    expect(await claimTransfer(test.system)).toBeUndefined();
    test.clock?.advance(121_000);
    expect(await ended(transfer_id)).toMatchObject({ phase: 'online', report: { summary: { memory_entries: 1 } } });
    expect(await inFolder(clone_id, 'SOUL.md')).toBe('again');
    const second = await jared.agents.clone();
    const known = {
      transfer_id: second.transfer_id,
      manifest: manifestOf(files),
      bundle_base64: bundle.toString('base64'),
    };
    await jared.agents.transferState(known);
    for (let tried = 0; tried < 3; tried++) {
      expect(await claimTransfer(test.system)).toBeDefined();
      test.clock?.advance(121_000);
    }
    expect(await ended(second.transfer_id)).toMatchObject({
      phase: 'failed',
      error: expect.stringContaining('3 times'),
    });
  });
});
