import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@guildhall/kernel';
import { eventually, temporaryFolder } from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Tool } from '../dispatch/tool.ts';
import { checkInput } from '../dispatch/tool-input.ts';
import { ResourceGroups } from '../sandbox/resource-groups.ts';
import { McpServers, type McpServersOptions } from './mcp-servers.ts';
import type { McpServerSettings } from './server-settings.ts';
import { echoSchema, type PeerKind } from './testing/peer-server.ts';

const program = fileURLToPath(new URL('./testing/stdio-peer.ts', import.meta.url));
const never = new AbortController().signal;
const noRules = { privateHosts: [] };
const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function openServers(options: Partial<McpServersOptions> = {}) {
  const { path: folder, remove } = await temporaryFolder();
  const servers = new McpServers({ idleMs: 60_000, folder, callTimeoutMs: 30_000, startTimeoutMs: 30_000, ...options });
  ending.push(remove, () => servers.close());
  return { servers, folder };
}

function peer(kind: PeerKind = 'plain', environment: Record<string, string> = {}, era = 'both'): McpServerSettings {
  return { transport: 'stdio', command: process.execPath, args: [program, kind, era], environment };
}

async function toolsOf(servers: McpServers, settings: McpServerSettings = peer(), owner = 'office') {
  const { tools, problems } = await servers.tools<undefined>(owner, { notes: settings }, noRules, never);
  expect(problems).toEqual([]);
  return new Map(tools.map((tool) => [tool.name.replace('mcp__notes__', ''), tool]));
}

async function use(tools: Map<string, Tool<undefined>>, name: string, input: JsonObject = {}, signal = never) {
  const tool = tools.get(name);
  if (tool === undefined) throw new Error(`there is no ${name} among ${[...tools.keys()].join(', ')}`);
  return (await tool.run(input, { scope: undefined, signal, callId: 'call' })) as JsonObject;
}

async function pidOf(tools: Map<string, Tool<undefined>>): Promise<number> {
  const { structured } = await use(tools, 'surroundings');
  return (structured as JsonObject).pid as number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const gone = (pid: number) => eventually(`process ${pid} to be gone`, () => (isAlive(pid) ? undefined : true));

describe('the tools of a server', () => {
  it('are offered as they are described, with names that a model takes and risks by their annotations', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers);
    const echo = tools.get('echo');
    expect(echo).toMatchObject({
      name: 'mcp__notes__echo',
      description: 'Says it again',
      risk: 'read',
      isAtomic: false,
    });
    expect(echo?.inputSchema).toEqual(echoSchema);
    expect([tools.get('fail')?.risk, tools.get('wait')?.risk]).toEqual(['local', 'outward']);
    expect(tools.get('surroundings')?.description).toHaveLength(2_000);
    const names = [...tools.values()].map((tool) => tool.name);
    expect(new Set(names).size).toBe(14);
    for (const name of names) expect(name).toMatch(/^mcp__notes__[A-Za-z0-9_-]{1,52}$/);
    expect(names.filter((name) => /^mcp__notes__dots_and_slashes_[0-9a-f]{8}$/.test(name))).toHaveLength(2);
    for (const [name, tool] of tools)
      if (name.startsWith('dots'))
        expect(await use(tools, tool.name.slice(12), { a: 1 })).toMatchObject({
          text: expect.stringMatching(/^called dots[._]and\/slashes with \{"a":1\}$/),
        });
  });

  it('may be described by any schema: none stops a run, and what is malformed is said', async () => {
    const { servers } = await openServers();
    const { tools, problems } = await servers.tools<undefined>('office', { notes: peer('hostile') }, noRules, never);
    const byName = new Map(tools.map((tool) => [tool.name.replace('mcp__notes__', ''), tool]));
    expect([...byName.keys()]).toEqual(['modern', 'named', 'named_too', 'remote', 'nonsense', 'deep', 'huge']);
    expect(problems).toEqual([{ server: 'notes', message: expect.stringContaining('5 of the tools') }]);
    for (const tool of tools) {
      expect(checkInput(tool, { text: 'hello' }), tool.name).toBeUndefined();
      expect(tool.inputSchema.type).toBe('object');
      expect(tool.description.length).toBeLessThanOrEqual(2_000);
    }
    expect(byName.get('modern')?.inputSchema).toMatchObject({ required: ['text'] });
    expect(byName.get('remote')?.description).toContain('https://example.com/a.json');
    // Through the dispatcher, as an agent calls.
    const desk = {
      permissionOf: () => 'allowed' as const,
      recall: async () => undefined,
      approve: async () => 'approved' as const,
      perform: async (_call: unknown, work: (scope: undefined) => Promise<unknown>) => (await work(undefined)) as never,
      refuse: async () => {},
    };
    const dispatcher = new Dispatcher(tools, desk, never, { clips: true });
    for (const tool of tools)
      expect(await dispatcher.call({ callId: '1', name: tool.name, input: { text: 'x' } })).toMatchObject({
        status: 'done',
      });
    const wrong = await dispatcher.call({ callId: '2', name: 'mcp__notes__named_too', input: {} });
    expect(wrong).toMatchObject({ status: 'refused', code: 'bad_arguments' });
  });

  it('are 64 at most, read over several pages, and the rest is said', async () => {
    const { servers } = await openServers();
    const { tools, problems } = await servers.tools('office', { notes: peer('many') }, noRules, never);
    expect(tools).toHaveLength(64);
    expect(tools.at(-1)?.name).toBe('mcp__notes__tool_63');
    expect(problems).toEqual([{ server: 'notes', message: expect.stringContaining('more than 64 tools') }]);
  });

  it('are asked for again when the server says that they have changed', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers);
    await use(tools, 'learn');
    await eventually('the new tool', async () => ((await toolsOf(servers)).has('learned') ? true : undefined));
    expect(await pidOf(await toolsOf(servers))).toBe(await pidOf(tools));
  });

  it('are there also from a server that speaks only the protocol of 2026', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers, peer('plain', {}, 'modern'));
    expect(await use(tools, 'echo', { text: 'hello' })).toEqual({ text: 'hello' });
  });
});

describe('a call', () => {
  it('answers with text and data, and of what is binary only what it is', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers);
    expect(await use(tools, 'echo', { text: 'hello' })).toEqual({ text: 'hello' });
    expect(await use(tools, 'everything')).toEqual({
      text: 'one\ntwo\nthree',
      structured: { count: 3, list: [null, 'x'] },
      attachments: [
        { kind: 'image', mimeType: 'image/png', bytes: 5 },
        { kind: 'audio', mimeType: 'audio/wav', bytes: 5 },
        { kind: 'blob', mimeType: 'application/pdf', bytes: 5 },
      ],
      links: [{ uri: 'file:///c', name: 'c' }],
    });
    // Data that the server repeats as text is there once.
    expect(await use(tools, 'times_cancelled')).toEqual({ structured: { cancelled: 0 } });
  });

  it('that the server flags as failed is refused in the server’s words, clipped and without a secret', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers, peer('plain', { API_TOKEN: 'tok-secret-123' }));
    await expect(use(tools, 'fail')).rejects.toMatchObject({
      name: 'ToolError',
      tool: 'mcp__notes__fail',
      message: 'It failed: nothing to do',
    });
    const failure = await use(tools, 'fail', { text: `tok-secret-123 ${'x'.repeat(9_000)}` }).catch((error) => error);
    expect(failure.message).toMatch(/^It failed: \[secret\] x/);
    expect(failure.message).toHaveLength(4_000);
  });

  it('ends at once when it is aborted, and the server hears of it', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers);
    const controller = new AbortController();
    const waiting = use(tools, 'wait', {}, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(use(tools, 'wait', {}, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
    const second = new AbortController();
    const begun = use(tools, 'wait', {}, second.signal);
    await use(tools, 'echo', { text: 'the call before this one has arrived' });
    second.abort();
    await expect(begun).rejects.toMatchObject({ name: 'AbortError' });
    await eventually('the server to have heard', async () => {
      const { structured } = await use(tools, 'times_cancelled');
      return (structured as JsonObject).cancelled === 0 ? undefined : true;
    });
  });

  it('ends when the server takes too long', async () => {
    const { servers } = await openServers({ callTimeoutMs: 100 });
    const tools = await toolsOf(servers);
    await expect(use(tools, 'wait')).rejects.toMatchObject({
      name: 'ToolError',
      message: 'The server did not answer in time.',
    });
  });

  it('says when the server died under it, and the next one starts it again', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers, peer('plain', { API_TOKEN: 'tok-secret-123' }));
    const pid = await pidOf(tools);
    await expect(use(tools, 'die', { text: 'tok-secret-123' })).rejects.toMatchObject({
      name: 'ToolError',
      message: 'The server ended (code 3). Its last words: I cannot go on: [secret]',
    });
    const next = await pidOf(tools);
    expect(next).not.toBe(pid);
    process.kill(next, 'SIGKILL');
    await gone(next);
    const after = await eventually('a new server', () => pidOf(tools).catch(() => undefined));
    expect(after).not.toBe(next);
  });

  it('cannot fill the memory: an answer without end ends the server, and data without bottom is refused', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers);
    expect((await use(tools, 'flood', { characters: 5_000_000 })).text).toHaveLength(5_000_000);
    await expect(use(tools, 'flood', { characters: 100_000_000 })).rejects.toMatchObject({
      name: 'ToolError',
      message: expect.stringContaining('more than 10 MB at once'),
    });
    await expect(use(tools, 'descend')).rejects.toMatchObject({ name: 'ToolError' });
    expect(await use(tools, 'echo', { text: 'again' })).toEqual({ text: 'again' });
  });
});

describe('a server that is a program', () => {
  it('sees nothing of this process’s environment, and has a home of its own', async () => {
    process.env.GUILDHALL_TEST_SECRET = 'the parent’s own';
    const { servers, folder } = await openServers();
    const tools = await toolsOf(servers, peer('plain', { API_TOKEN: 'abc', HOME: '/elsewhere' }));
    const { structured } = await use(tools, 'surroundings');
    const { environment, folder: home } = structured as { environment: Record<string, string>; folder: string };
    expect(Object.keys(environment).sort()).toEqual(['API_TOKEN', 'HOME', 'LANG', 'PATH']);
    expect(environment).toMatchObject({ API_TOKEN: 'abc', HOME: join(folder, 'office', 'notes') });
    expect(home).toBe(join(folder, 'office', 'notes'));
    delete process.env.GUILDHALL_TEST_SECRET;
  });

  it('gets no folder outside of the one for servers, whatever its owner is called', async () => {
    const { servers, folder } = await openServers();
    const tools = await toolsOf(servers, peer(), '../../up');
    const { structured } = await use(tools, 'surroundings');
    expect((structured as JsonObject).folder).toMatch(new RegExp(`^${folder}/[0-9a-f]{32}/notes$`));
    expect(existsSync(join(folder, '..', '..', 'up'))).toBe(false);
  });

  it('is started once for runs that ask at the same time, and never shared between owners', async () => {
    const { servers } = await openServers();
    const all = await Promise.all([toolsOf(servers), toolsOf(servers), toolsOf(servers, peer(), 'other')]);
    const [first, second, other] = await Promise.all(all.map(pidOf));
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('is stopped when nobody uses it, with all that it has started, and is there again for the next call', async () => {
    const { servers } = await openServers({ idleMs: 50 });
    const tools = await toolsOf(servers);
    const pid = await pidOf(tools);
    const { structured } = await use(tools, 'start_child');
    const child = (structured as JsonObject).pid as number;
    await gone(pid);
    await gone(child);
    expect(await use(tools, 'echo', { text: 'hello' })).toEqual({ text: 'hello' });
  });

  it('is counted for its owner when it has ended', async () => {
    const used: [string, number, number][] = [];
    const onUsage: McpServersOptions['onUsage'] = (owner, { cpuMs, memoryByteSeconds }) =>
      used.push([owner, cpuMs, memoryByteSeconds]);
    const { servers } = await openServers({ onUsage });
    await use(await toolsOf(servers, peer(), 'office-7'), 'surroundings');
    expect(used).toEqual([]);
    await servers.close();
    expect(used).toEqual([['office-7', expect.any(Number), expect.any(Number)]]);
    expect(used[0]?.[1]).toBeGreaterThan(0);
    expect(used[0]?.[2]).toBeGreaterThan(0);
  });

  it('is held to what its office may use for all of its servers', async () => {
    const { servers } = await openServers();
    const groups = new ResourceGroups();
    const heavy = { one: peer('heavy'), two: peer('heavy') };
    const found = await servers.tools<undefined>('office', heavy, noRules, never, groups.of('office', { cores: 0.2 }));
    const tools = new Map(found.tools.map((tool) => [tool.name, tool]));
    const spins = await Promise.all(['one', 'two'].map((name) => use(tools, `mcp__${name}__spin`, { ms: 3_000 })));
    const cpuMs = spins.reduce((sum, { structured }) => sum + Number((structured as JsonObject).cpuMs), 0);
    // 600 ms, what may be saved up, and what two can take within a look; of two processors it would be 6,000.
    expect(cpuMs).toBeLessThan(1_500);
    groups.of('office', { memoryBytesMax: 400_000_000 });
    const held = use(tools, 'mcp__one__hold', { megabytes: 500 });
    await expect(held).rejects.toThrow('more memory than the office may use');
    // The other was not ended, and this one is there again for the next call.
    expect(await use(tools, 'mcp__two__spin', { ms: 1 })).toBeDefined();
    expect(await use(tools, 'mcp__one__spin', { ms: 1 })).toBeDefined();
  });

  it('ends when the house closes, also in the middle of a call, and none starts after that', async () => {
    const { servers } = await openServers();
    const tools = await toolsOf(servers);
    const pid = await pidOf(tools);
    const waiting = use(tools, 'wait').catch((error) => error);
    await servers.close();
    expect(isAlive(pid)).toBe(false);
    expect(await waiting).toMatchObject({ name: 'ToolError' });
    await expect(use(tools, 'echo', { text: 'x' })).rejects.toMatchObject({ name: 'ToolError' });
    expect((await servers.tools('office', { notes: peer() }, noRules, never)).problems).toHaveLength(1);
  });

  it('is replaced when its settings change, after the calls under way have ended', async () => {
    const { servers } = await openServers();
    const before = await toolsOf(servers);
    const pid = await pidOf(before);
    const controller = new AbortController();
    const waiting = use(before, 'wait', {}, controller.signal).catch((error) => error);
    const after = await toolsOf(servers, peer('plain', { MODE: 'new' }));
    expect(await pidOf(after)).not.toBe(pid);
    expect(isAlive(pid)).toBe(true);
    await expect(use(before, 'echo', { text: 'x' })).rejects.toThrow('settings of the server were changed');
    controller.abort();
    await waiting;
    await gone(pid);
    expect(await use(after, 'echo', { text: 'x' })).toEqual({ text: 'x' });
  });
});

describe('a server that does not come up', () => {
  it('is a problem in words, without a secret, and does not stop the others', async () => {
    const { servers } = await openServers();
    const environment = { API_TOKEN: 'tok-secret-123' };
    const script = (code: string): McpServerSettings => ({
      transport: 'stdio',
      command: process.execPath,
      args: ['-e', code],
      environment,
    });
    const { tools, problems } = await servers.tools(
      'office',
      {
        missing: { transport: 'stdio', command: 'there-is-no-such-program', args: [], environment },
        broken: script('console.error("bad token " + process.env.API_TOKEN); process.exit(7)'),
        silent: peer('silent', environment),
        notes: peer(),
      },
      noRules,
      never,
    );
    expect(tools).toHaveLength(14);
    expect(problems).toEqual([
      { server: 'missing', message: 'The command of the server was not found.' },
      { server: 'broken', message: 'The server ended (code 7). Its last words: bad token [secret]' },
      { server: 'silent', message: 'The server offers no tools.' },
    ]);
  });

  it('is given up after a time, and ended, whatever it says instead of an answer', async () => {
    const { servers, folder } = await openServers({ startTimeoutMs: 2_000 });
    const code = 'require("fs").writeFileSync("pid", String(process.pid)); setInterval(() => console.log("[1"), 10)';
    const talkative: McpServerSettings = {
      transport: 'stdio',
      command: process.execPath,
      args: ['-e', code],
      environment: {},
    };
    const { problems } = await servers.tools('office', { notes: talkative }, noRules, never);
    expect(problems).toEqual([{ server: 'notes', message: 'The server did not answer in time.' }]);
    await gone(Number(await readFile(join(folder, 'office', 'notes', 'pid'), 'utf8')));
  });

  it('does not hold up a run that was stopped', async () => {
    const { servers } = await openServers();
    const controller = new AbortController();
    const mute: McpServerSettings = { transport: 'stdio', command: 'sleep', args: ['600'], environment: {} };
    const asking = servers.tools('office', { notes: mute }, noRules, controller.signal);
    controller.abort();
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
  });
});
