import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Keystore, MitosisClient, OS1Error } from '@guildhall/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The recipes of the client's README (seed: mitosis-sdk-readme, mitosis-sdk-reference 12) and `mi`, on a real server. */
const run = promisify(execFile);
const KEY = 'mi_recipes_owner_key_00001';
let home: string;
let endpoint: string;
let stopServer: () => Promise<void>;
let officeId: string;
let client: MitosisClient;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'guildhall-recipes-'));
  process.env.HOME = home;
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      GUILDHALL_DATA: join(home, 'data'),
      PORT: '0',
      GUILDHALL_OWNER_KEY: KEY,
      GUILDHALL_HIRE_LIMIT: '3',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  endpoint = /http:\/\/\S+/.exec(line.toString())?.[0] ?? '';
  stopServer = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
  };
  client = new MitosisClient({ endpoint, apiKey: KEY, timeout: 15_000 });
});
afterAll(async () => {
  await stopServer();
  await rm(home, { recursive: true, force: true });
});

/** What a shell does with `mi`, in its home. */
const shell = (command: string) =>
  run('/bin/sh', ['-c', `cd "$HOME" && ${command}`], {
    env: {
      PATH: process.env.PATH,
      HOME: home,
      MI: `${process.execPath} --disable-warning=ExperimentalWarning ${fileURLToPath(new URL('./main.ts', import.meta.url))}`,
    },
  });

/** Runs `mi` as a program would: JSON, since its output is no terminal. */
function mi(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return miOf(home, ...args);
}

async function miOf(whose: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = fileURLToPath(new URL('./main.ts', import.meta.url));
  try {
    const { stdout, stderr } = await run(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', program, ...args],
      { env: { PATH: process.env.PATH, HOME: whose } },
    );
    return { code: 0, stdout, stderr };
  } catch (error) {
    const failed = error as { code: number; stdout: string; stderr: string };
    return { code: failed.code, stdout: failed.stdout, stderr: failed.stderr };
  }
}

describe('mi', () => {
  it('says how to log in, refuses a wrong key, keeps a right one in a file of its own', async () => {
    expect(await mi('whoami')).toMatchObject({ code: 3, stderr: expect.stringContaining('mi login --token') });
    expect(await mi('login', '--endpoint', endpoint, '--token', 'mi_wrong')).toMatchObject({ code: 3 });
    expect(await mi('login', '--endpoint', endpoint, '--token', KEY)).toMatchObject({ code: 0 });
    expect((await stat(join(home, '.os1/config.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, '.os1'))).mode & 0o777).toBe(0o700);
    expect(JSON.parse((await mi('whoami')).stdout)).toMatchObject({ kind: 'user', endpoint });
  });

  it('opens an office, says when there is one already, and makes another by force', async () => {
    officeId = JSON.parse((await mi('offices', 'create', '-n', 'acme')).stdout).id;
    const again = await mi('colonies', 'create', '--name', 'hello-text');
    expect(again.stderr).toContain('note: you already own a colony named "acme"');
    expect(JSON.parse(again.stdout)).toMatchObject({ id: officeId, existing: true });
    const forced = JSON.parse((await mi('colonies', 'create', '-n', 'hello-text', '--force')).stdout);
    expect(forced.name).toBe('hello-text');
    expect((await mi('offices', 'delete', forced.id)).code).toBe(0);
    expect(JSON.parse((await mi('offices', 'list')).stdout)).toMatchObject([{ id: officeId, name: 'acme' }]);
    expect(JSON.parse((await mi('offices', 'status', officeId)).stdout)).toMatchObject({ phase: 'ready' });
  });

  it('hires, files, uploads, sends, and calls any address', async () => {
    expect(
      (await mi('agents', 'hire', '--office', officeId, '--name', 'aria', '--role', 'researcher', '--model', 'sonnet'))
        .code,
    ).toBe(0);
    const path = join(home, 'notes.md');
    await writeFile(path, 'The launch is on 3 May.');
    expect((await mi('files', 'upload', officeId, path)).code).toBe(0);
    expect((await mi('files', 'upload', officeId, join(home, 'nothing'))).code).toBe(1);
    expect(
      JSON.parse((await mi('send', officeId, 'aria', 'When is the launch?', '--wait', '20')).stdout).content,
    ).toContain('Source: notes.md');
    expect(
      (await mi('tasks', 'create', '--office', officeId, '--title', 'When is the launch?', '--assign', 'aria')).code,
    ).toBe(0);
    expect(JSON.parse((await mi('tasks', 'stats', '-o', officeId)).stdout).total).toBe(1);
    expect((await mi('files', 'download', officeId, 'notes.md', '-o', '-')).stdout).toBe('The launch is on 3 May.');
    expect(await mi('files', 'upload', officeId, home)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no file'),
    });
    // Who reads the beginning only gets just that, and no stack.
    expect(await shell('$MI api GET /docs/api | head -c 5')).toEqual({ stdout: '<!doc', stderr: '' });
    await writeFile(join(home, 'over.md'), 'mine');
    await mi('files', 'upload', officeId, path, '-n', 'over.md');
    await expect(shell(`$MI files download ${officeId} over.md`)).rejects.toMatchObject({
      stderr: expect.stringContaining('--force'),
    });
    expect(await readFile(join(home, 'over.md'), 'utf8')).toBe('mine');
    await shell(`$MI files download ${officeId} over.md --force`);
    expect(await readFile(join(home, 'over.md'), 'utf8')).toBe('The launch is on 3 May.');
    expect(
      JSON.parse((await mi('credits', 'add', '-o', officeId, '-a', '5', '-r', 'topup')).stdout).balance,
    ).toBeGreaterThan(1000);
    expect((await mi('agents', 'logs', officeId, 'aria', '--tail', '5')).stdout).toContain('run succeeded');
    expect(JSON.parse((await mi('api', 'GET', `/api/v1/offices/${officeId}`)).stdout).name).toBe('acme');
    expect(await mi('agents', 'get', officeId, 'nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not_found'),
    });
    expect((await mi('nonsense')).code).toBe(2);
    expect((await mi('tasks', 'create')).code).toBe(2);
  });

  it('lets a person in by a code, closes an office and opens it again', async () => {
    const json = async (...args: string[]) => JSON.parse((await mi(...args)).stdout);
    const { code } = await json('invites', 'create', '--office', officeId, '--person', '--label', 'Ida');
    const theirs = join(home, 'ida');
    await mkdir(theirs);
    const login = await miOf(theirs, 'login', code, '--endpoint', endpoint, '--email', 'ida@example.com');
    expect(login).toMatchObject({ code: 0 });
    expect(JSON.parse((await miOf(theirs, 'whoami')).stdout)).toMatchObject({ email: 'ida@example.com', name: 'Ida' });
    expect((await miOf(theirs, 'login', code, '--endpoint', endpoint)).code).not.toBe(0);
    const { id } = await json('offices', 'create', '-n', 'passing', '--force');
    await mi('offices', 'delete', id);
    const closed = async () => (await json('offices', 'list', '--closed')) as { id: string; erased_at?: string }[];
    expect((await closed()).find((office) => office.id === id)?.erased_at).toMatch(/^\d{4}-/);
    expect(await json('offices', 'restore', id)).toMatchObject({ id, status: 'active' });
    expect((await closed()).map((office) => office.id)).not.toContain(id);
    const second = await json('invites', 'create', '--office', id, '--person');
    expect(await json('invites', 'accept', second.code)).toMatchObject({ status: 'joined', officeId: id });
    await mi('offices', 'delete', id);
  });

  it('invites, orders files in folders, speaks of tasks, and offers an office', async () => {
    const json = async (...args: string[]) => JSON.parse((await mi(...args)).stdout);
    const invite = await json('invites', 'create', '--office', officeId, '--label', 'for jared');
    expect(invite).toMatchObject({ code: expect.stringMatching(/^[A-Z2-9]{6}$/), state: 'open' });
    expect((await mi('invites', 'revoke', invite.id, '--office', officeId)).code).toBe(0);
    expect((await json('invites', 'list', '--office', officeId))[0]).toMatchObject({ id: invite.id, state: 'revoked' });
    const local = join(home, 'march.md');
    await writeFile(local, '# March');
    await mi('files', 'upload', officeId, local, '--name', 'reports/march.md');
    expect(await json('files', 'mv', officeId, 'reports/march.md', 'reports/old/march.md')).toMatchObject({
      version: 1,
    });
    expect(await json('files', 'ls', 'reports', '--office', officeId)).toMatchObject([{ name: 'reports/old/' }]);
    await mi('files', 'rm', officeId, 'reports/old/march.md');
    const task = await json('tasks', 'create', '--office', officeId, '--title', 'Spoken of');
    await json('tasks', 'comment', String(task.number), 'Take the new numbers.', '--office', officeId);
    await json('tasks', 'update', String(task.number), '--status', 'cancelled', '--office', officeId);
    expect(
      (await json('tasks', 'logs', String(task.number), '--office', officeId)).map(
        (line: { event: string }) => line.event,
      ),
    ).toEqual(['task.cancelled', 'task.commented', 'task.created']);
    await client.tasks.delete(officeId, task.id);
    expect((await mi('offices', 'transfer', officeId, 'nobody@example.org')).code).toBe(1);
    expect(await json('offices', 'offers')).toEqual([]);
  });

  it('chats from a pipe: every line is answered before it ends', async () => {
    const program = fileURLToPath(new URL('./main.ts', import.meta.url));
    const child = spawn(process.execPath, [program, 'chat', officeId, 'aria'], {
      env: { PATH: process.env.PATH, HOME: home },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(Array.from({ length: 25 }, (_, index) => `remember that box ${index} is full\n`).join(''));
    let said = '';
    for await (const chunk of child.stdout) said += chunk;
    expect(said.match(/aria> Noted: box \d+ is full/g)).toHaveLength(25);
  });

  it('makes a key for an agent and acts as it', async () => {
    expect(JSON.parse((await mi('keys', 'generate', '-o', officeId, '-a', 'aria')).stdout)).toMatchObject({
      registered: true,
    });
    expect(
      JSON.parse((await mi('api', 'GET', '/api/v1/me', '--agent', 'aria', '--office', officeId)).stdout),
    ).toMatchObject({ kind: 'agent', name: 'aria' });
    expect(
      await mi(
        'api',
        'POST',
        `/api/v1/offices/${officeId}/credits`,
        '-d',
        '{"amount":1,"reason":"me"}',
        '--agent',
        'aria',
        '--office',
        officeId,
      ),
    ).toMatchObject({ code: 3 });
  });
});

describe('the recipes', () => {
  it('12.1 and the README: from ~/.os1, offices, agents, balance', async () => {
    const fromConfig = await MitosisClient.fromConfig();
    const offices = await fromConfig.offices.list();
    const agents = await fromConfig.employees.list(offices[0]?.id ?? '');
    const balance = await fromConfig.credits.balance(offices[0]?.id ?? '');
    expect(offices.map((office) => `${office.name} (${office.id})`)).toEqual([`acme (${officeId})`]);
    expect(agents.map((agent) => agent.status.phase)).toEqual(['running']);
    expect(balance.office_id).toBe(officeId);
    await fromConfig.close();
    expect(await client.health()).toBe(true);
    expect(await client.verifyAuth()).toEqual({ ok: true, method: 'api-key' });
    expect(await new MitosisClient({ endpoint, apiKey: 'mi_wrong' }).verifyAuth()).toMatchObject({ ok: false });
  });

  it('12.2: every office and every agent, with its last error', async () => {
    for (const office of await client.offices.list()) {
      for (const agent of await client.employees.list(office.id)) {
        const last = await client.employees.lastError(office.id, agent.name).catch(() => null);
        expect(last?.error ?? '').toBe('');
      }
    }
  });

  it('12.3: hire and wait for ready; 409 and 429 as OS1Error with status and code', async () => {
    await client.employees.hire(officeId, { name: 'bo', role: 'researcher', modelTier: 'sonnet' });
    expect((await client.employees.get(officeId, 'bo')).status.ready).toBe(true);
    await expect(client.employees.hire(officeId, { name: 'bo' })).rejects.toMatchObject({
      name: 'OS1Error',
      status: 409,
    });
    await client.employees.hire(officeId, { name: 'cy' });
    const refusal = await client.employees.hire(officeId, { name: 'dee' }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(OS1Error);
    expect(refusal).toMatchObject({ status: 429, retryAfterSeconds: expect.any(Number) });
  });

  it('12.4: a session with capability negotiation, sending and streaming', async () => {
    const session = await client.xmtp.openSession(officeId, 'bo');
    expect(await client.xmtp.openSession(officeId, 'bo')).toBe(session);
    const meta = await session.negotiate(15_000);
    expect(meta.capabilities).toContain('chat');
    await session.send('hello bo');
    for await (const message of session.stream(50)) {
      expect(message.from_agent).toBe('bo');
      expect(message.content).toContain('I am bo');
      await session.close();
    }
    await expect(session.send('more')).rejects.toThrow('Session is closed');
    expect(client.xmtp.listSessions()).toEqual([]);
  });

  it('12.5: acting as the agent, by the key in the keystore', async () => {
    const keystore = new Keystore();
    const pair = await keystore.generateAndStore(officeId, 'bo');
    await client.employees.update(officeId, 'bo', { publicKey: pair.publicKey });
    const agentClient = await MitosisClient.asAgent(officeId, 'bo', endpoint);
    expect((await agentClient.tasks.list(officeId, { limit: 1 })).length).toBe(1);
    // The same call twice in one second: two signatures, both good.
    expect((await Promise.all([agentClient.me(), agentClient.me()])).map((me) => me.name)).toEqual(['bo', 'bo']);
    expect(await keystore.listAgentKeys(officeId)).toEqual(['aria', 'bo']);
    await expect(new Keystore().loadAgentKey(officeId, '../../etc/passwd')).rejects.toThrow('No signing key found');
  });

  it('12.6: the message bus; an agent hears what is said to it, and not what is said to others', async () => {
    const agentClient = await MitosisClient.asAgent(officeId, 'bo', endpoint);
    const controller = new AbortController();
    const heard: string[] = [];
    const listening = (async () => {
      for await (const event of agentClient.messages.stream(officeId, { signal: controller.signal })) {
        if (event.event === 'connected') {
          await client.messages.send(officeId, { to: 'aria', content: 'for aria only' });
          await client.messages.send(officeId, { to: 'bo', content: 'for bo' });
        } else heard.push(JSON.parse(event.data).content);
        if (heard.includes('for bo')) controller.abort();
      }
    })();
    await listening.catch((error: unknown) => expect(error).toMatchObject({ name: 'AbortError' }));
    expect(heard.filter((text) => text.includes('aria only'))).toEqual([]);
    expect(heard).toContain('for bo');
  });

  it('12.7: a raw call; and files by bytes', async () => {
    expect(await client.transport.request('GET', `/api/v1/offices/${officeId}/tasks/stats`)).toMatchObject({
      total: 1,
    });
    await client.files.upload(officeId, 'report.md', Buffer.from('# Report'));
    const response = await client.files.download(officeId, 'report.md');
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe('# Report');
    await client.files.delete(officeId, 'report.md');
    await expect(client.files.download(officeId, 'report.md')).rejects.toMatchObject({ status: 404 });
  });
});
