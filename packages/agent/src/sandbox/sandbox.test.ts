import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@guildhall/testing';
import { afterAll, describe, expect, it } from 'vitest';
import {
  openSandbox,
  type ProcessResources,
  type ProcessUsage,
  ResourceGroup,
  shellTool,
  Workspace,
  workspaceTools,
} from '../index.ts';

const signal = new AbortController().signal;
const sandbox = await openSandbox();
const removing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const remove of removing) await remove();
});

async function workspaceBeside(files: Record<string, string>) {
  const { path: folder, remove } = await temporaryFolder();
  removing.push(remove);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const workspace = new Workspace(join(folder, 'agent'));
  await workspace.open();
  return { folder, workspace };
}

describe('a workspace', () => {
  it('is the only folder that its tools reach, whatever links a program leaves in it', async () => {
    const { folder, workspace } = await workspaceBeside({ secret: 'the key' });
    await symlink(join(folder, 'secret'), join(workspace.root, 'innocent.txt'));
    await symlink(folder, join(workspace.root, 'up'));
    await symlink('/nowhere', join(workspace.root, 'dangling'));
    for (const path of ['innocent.txt', 'up/secret', '../secret', '/etc/passwd', '.', 'a\0b', 'dangling', ''])
      await expect(workspace.read(path), path).rejects.toMatchObject({ name: 'ToolError' });
    for (const path of ['up/secret', 'up/new', '../new', 'up/a/b', 'dangling/x'])
      await expect(workspace.write(path, 'changed'), path).rejects.toThrow();
    // A link is replaced by what is written under its name, never written through.
    await workspace.write('innocent.txt', 'mine');
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('the key');
    expect(await workspace.read('innocent.txt')).toBe('mine');
    const names = (await workspace.list()).entries.map((entry) => entry.path);
    expect(names).toEqual(['innocent.txt']);
  });

  it('reads lines, edits once, and says when a piece is not there or not alone', async () => {
    const { workspace } = await workspaceBeside({});
    const tools = new Map(workspaceTools<undefined>(workspace).map((tool) => [tool.name, tool]));
    const use = (name: string, input: object) =>
      tools.get(name)?.run(input as never, { scope: undefined, signal, callId: 'c' });
    await use('workspace_write', { path: 'a/b.txt', content: 'one\ntwo\ntwo\n' });
    expect(await use('workspace_read', { path: 'a/b.txt', from_line: 2, lines: 1 })).toEqual({
      text: '2\ttwo',
      lines_in_file: 4,
    });
    await expect(use('workspace_edit', { path: 'a/b.txt', find: 'two', replace: '$&' })).rejects.toThrow(
      'occurs 2 times',
    );
    await expect(use('workspace_edit', { path: 'a/b.txt', find: 'six', replace: '' })).rejects.toThrow(
      'does not occur',
    );
    expect(await use('workspace_edit', { path: 'a/b.txt', find: 'two', replace: '$&', all: true })).toMatchObject({
      replaced: 2,
    });
    expect(await workspace.read('a/b.txt')).toBe('one\n$&\n$&\n');
    await expect(use('workspace_list', { path: 'a/b.txt' })).rejects.toThrow('not a folder');
    await mkdir(join(workspace.root, 'folder'));
    await expect(use('workspace_write', { path: 'folder', content: '' })).rejects.toThrow('is a folder');
  });
});

describe('a command', () => {
  const run = async (command: string, timeoutMs = 10_000, abort = signal, resources: ProcessResources = {}) => {
    const { workspace } = await workspaceBeside({ secret: 'the key' });
    return sandbox.run({
      command,
      workspace: workspace.root,
      network: { kind: 'off' },
      readOnly: {},
      timeoutMs,
      signal: abort,
      group: new ResourceGroup(resources),
    });
  };

  it('is ended with everything that it started, by time or by word', async () => {
    const late = await run('sleep 300 & sleep 300 & wait', 300);
    expect(late.endedBy).toBe('timeout');
    const controller = new AbortController();
    const stopped = run('echo begun; sleep 300', 10_000, controller.signal);
    controller.abort();
    expect((await stopped).endedBy).toBe('stopped');
  });

  it('is killed when its processes are too many, together, whoever runs it', async () => {
    const { endedBy, output } = await run('for i in $(seq 2000); do sleep 300 & done; echo all of them; wait', 60_000);
    expect(endedBy ?? output).toMatch(/too_many_processes|fork/);
    expect(output).not.toContain('all of them');
  });

  it('is killed when its processes hold too much memory, together', async () => {
    // Grown in place: what makes a copy first runs into the limit of a single process before they are too much together.
    const hog = `perl -e 'vec($x, 1_500_000_000, 8) = 1; sleep 60'`;
    const { endedBy } = await run(`for i in 1 2 3; do ${hog} & done; wait`, 60_000);
    expect(endedBy).toBe('too_much_memory');
  });

  it('gets no more of the processors than its share, with all that it started, and goes on', async () => {
    const spin = 'while :; do :; done';
    const { usage, endedBy } = await run(`${spin} & ${spin} & ${spin}`, 3_000, signal, { cores: 0.2 });
    expect(endedBy).toBe('timeout');
    // 600 ms, what may be saved up, and what three can take before the second look.
    expect(usage.cpuMs).toBeLessThan(1_500);
    const { exitCode } = await run('i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done', 60_000, signal, { cores: 0.2 });
    expect(exitCode).toBe(0);
  });

  it('does not get around its share, nor its bill, by children that nobody waits for', async () => {
    const spawning = `perl -e '$SIG{CHLD} = "IGNORE"; while (1) { for (1, 2) { if (!fork) { $t = times; while (times() - $t < 0.5) {} exit } } sleep 1 }'`;
    const { usage } = await run(spawning, 5_000, signal, { cores: 0.2 });
    // A second and what may be saved up; without a share it would be five.
    expect(usage.cpuMs).toBeGreaterThan(500);
    expect(usage.cpuMs).toBeLessThan(2_500);
  });

  it('is killed when it holds more memory than it is given', async () => {
    const hog = `perl -e 'vec($x, 150_000_000, 8) = 1; sleep 60'`;
    expect((await run(hog, 60_000, signal, { memoryBytesMax: 100_000_000 })).endedBy).toBe('too_much_memory');
    expect(
      (await run(`${hog} & sleep 0.5; kill $!`, 60_000, signal, { memoryBytesMax: 300_000_000 })).endedBy,
    ).toBeUndefined();
  });

  it.runIf(sandbox.kind === 'bubblewrap')('has a small room for what is temporary', async () => {
    const fill = (folder: string) =>
      `head -c 400000000 /dev/zero > ${folder}/a; head -c 400000000 /dev/zero > ${folder}/b`;
    const { output } = await run(`(${fill('/tmp')}; ${fill('/dev/shm')}) 2>&1`, 60_000);
    expect(output.match(/No space left on device/g)).toHaveLength(2);
  });

  it('may write without end: what is kept is bounded, its beginning and its end', async () => {
    const { output, exitCode } = await run(
      'echo first; head -c 5000000 /dev/zero | tr "\\0" x; echo; echo last; exit 3',
    );
    expect(exitCode).toBe(3);
    expect(output.length).toBeLessThan(210_000);
    expect(output).toMatch(/^first\n/);
    expect(output).toMatch(/last\n$/);
    expect(output).toContain('bytes left out');
  });

  it('is asked about first where nothing holds it', async () => {
    const { workspace } = await workspaceBeside({});
    const held = shellTool<undefined>({ ...sandbox, kind: 'bubblewrap' }, workspace);
    const loose = shellTool<undefined>({ ...sandbox, kind: 'none' }, workspace);
    const open = shellTool<undefined>({ ...sandbox, kind: 'bubblewrap' }, workspace, { network: { kind: 'open' } });
    expect([held.risk, loose.risk, open.risk]).toEqual(['local', 'outward', 'outward']);
  });

  it('is counted: the agent hears of its processor time, the house of all that it used', async () => {
    const { workspace } = await workspaceBeside({});
    const heard: ProcessUsage[] = [];
    const tool = shellTool<undefined>(sandbox, workspace, { onUsage: (usage) => heard.push(usage) });
    const use = (input: object, abort = signal) =>
      tool.run(input as never, { scope: undefined, signal: abort, callId: 'c' });
    expect(await use({ command: 'exit 4' })).toMatchObject({ exit_code: 4, usage: { cpu_ms: expect.any(Number) } });
    await expect(use({ command: 'sleep 300' }, AbortSignal.abort())).rejects.toThrow('The command was stopped.');
    expect(heard).toHaveLength(2);
  });

  it.runIf(sandbox.kind === 'bubblewrap')(
    'sees no secret, no other folder, no network, and cannot grow without end',
    async () => {
      const { output } = await run(
        [
          'pwd; echo kept > here.txt; cat here.txt',
          'cat ../secret 2>&1; ls /root /home /var 2>&1 | head -3',
          'env | sort | tr "\\n" " "; echo',
          'touch /usr/x 2>&1',
          'cat /proc/net/route | wc -l',
          'id -u >/dev/null && head -c 3000000000 /dev/zero | tail -c 1 >/dev/null && echo grew || echo held',
        ].join('\n'),
      );
      expect(output).toContain('/workspace\nkept');
      expect(output).not.toContain('the key');
      expect(output).toMatch(/No such file or directory/);
      expect(output).toContain('HOME=/workspace LANG=C.UTF-8 PATH=');
      expect(output).not.toMatch(/ANTHROPIC|DATABASE_URL|GUILDHALL/);
      expect(output).toMatch(/Read-only file system|Permission denied/);
      expect(output).toMatch(/\n1\n/);
    },
  );
});
