import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually, temporaryFolder } from '@guildhall/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { openSandbox, type SandboxProgram } from '../index.ts';

const sandbox = await openSandbox();
const isHeld = sandbox.kind === 'bubblewrap';
const hasProcessFolder = process.platform === 'linux';
const removing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const remove of removing) await remove();
});

async function folderWith(files: Record<string, string>): Promise<string> {
  const { path, remove } = await temporaryFolder();
  removing.push(remove);
  await mkdir(join(path, 'agent'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return path;
}

async function start(command: string, more: Partial<SandboxProgram> = {}) {
  const folder = await folderWith({});
  return sandbox.start({
    file: '/bin/sh',
    args: ['-c', command],
    environment: {},
    workspace: join(folder, 'agent'),
    network: { kind: 'off' },
    readOnly: {},
    cpuSecondsMax: 60,
    signal: new AbortController().signal,
    ...more,
  });
}

async function run(command: string, timeoutMs = 20_000) {
  const folder = await folderWith({});
  return sandbox.run({
    command,
    workspace: join(folder, 'agent'),
    network: { kind: 'off' },
    readOnly: {},
    timeoutMs,
    signal: new AbortController().signal,
  });
}

/** Processes of this machine, in whatever namespace, that were started with this word. */
function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, 'latin1').split('\0').includes(word);
    } catch {
      return false;
    }
  });
}

/** A length of sleep that nobody else sleeps, so that the sleeper can be found. */
let sleepers = 0;
const oneOfAKind = () => `30${process.pid}.${++sleepers}`;

describe('a program in a sandbox', () => {
  it('is talked to: what goes in comes out, and it hears the end of it', async () => {
    const program = await start('cat; echo over >&2; exit 3');
    const [out, error] = [text(program.stdout), text(program.stderr)];
    for (const word of ['one ', 'two ', 'x'.repeat(300_000)]) program.stdin.write(word);
    program.stdin.end();
    expect(await out).toBe(`one two ${'x'.repeat(300_000)}`);
    expect(await error).toBe('over\n');
    expect(await program.exit).toMatchObject({ code: 3, signal: null, usage: { cpuMs: expect.any(Number) } });
  });

  // Without a namespace, a program that leaves its parents within milliseconds is lost from sight.
  it.runIf(isHeld)('ends with all that descends from it, also what has left its parents', async () => {
    for (const how of ['kill', 'abort'] as const) {
      const length = oneOfAKind();
      const controller = new AbortController();
      const program = await start(`sleep ${length} & (setsid sh -c 'sleep ${length} & sleep ${length}' &); wait`, {
        signal: controller.signal,
      });
      await eventually('three sleepers', () => (processesWith(length).length === 3 ? true : undefined));
      if (how === 'kill') program.kill();
      else controller.abort();
      expect(await program.exit).toMatchObject({ code: null, signal: 'SIGKILL' });
      await eventually('nobody', () => (processesWith(length).length === 0 ? true : undefined));
      // Once more does no harm.
      program.kill();
    }
  });

  it.runIf(hasProcessFolder)('is killed whenever that is, however early', async () => {
    const length = oneOfAKind();
    const exits = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const program = await start(`setsid sleep ${length}`);
        const began = performance.now();
        await eventually('a moment', () => (performance.now() - began >= index ? true : undefined));
        program.kill();
        return program.exit;
      }),
    );
    expect(exits.map(({ signal }) => signal)).toEqual(Array(12).fill('SIGKILL'));
    await eventually('nobody', () => (processesWith(length).length === 0 ? true : undefined));
  });

  it.runIf(isHeld)('dies with the server', async () => {
    const length = oneOfAKind();
    const { spawn } = await import('node:child_process');
    const folder = await folderWith({});
    const script = `import { openSandbox } from ${JSON.stringify(join(import.meta.dirname, 'sandbox.ts'))};
      const sandbox = await openSandbox();
      sandbox.start({ file: '/bin/sh', args: ['-c', 'setsid sleep ${length} & wait'], environment: {}, workspace: ${JSON.stringify(join(folder, 'agent'))},
        network: { kind: 'off' }, readOnly: {}, cpuSecondsMax: 9, signal: new AbortController().signal });`;
    const server = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await eventually('the sleeper', () => (processesWith(length).length === 1 ? true : undefined));
    server.kill('SIGKILL');
    await eventually('nobody', () => (processesWith(length).length === 0 ? true : undefined));
  });

  it.runIf(isHeld)('sees what it is given: no other agent’s folder, nothing of the server’s environment', async () => {
    const folder = await folderWith({ 'other-agent.txt': 'the other’s', 'drive.txt': 'the drive' });
    process.env.GUILDHALL_TEST_SECRET = 'the key';
    const program = await start(
      'read -r folder; env | sort; cat /drive/drive.txt; touch /drive/x /usr/x; ls "$folder" /root /home; cat /proc/*/environ /proc/*/cmdline',
      { environment: { GIVEN: 'yes', HOME: '/elsewhere' }, readOnly: { [folder]: '/drive' } },
    );
    delete process.env.GUILDHALL_TEST_SECRET;
    program.stdin.end(`${folder}\n`);
    const [out, error] = await Promise.all([text(program.stdout), text(program.stderr)]);
    expect(out.replace(/^(?:OLDPWD|SHLVL|_)=.*\n/gm, '')).toMatch(
      /^GIVEN=yes\nHOME=\/workspace\nLANG=C.UTF-8\nPATH=.*\nPWD=\/workspace\nTERM=dumb\nthe drive/,
    );
    expect(out).not.toContain('the key');
    // Not even the name of its own folder outside.
    expect(out).not.toContain(folder);
    expect(error.match(/Read-only file system/g)).toHaveLength(2);
    expect(error.match(/No such file or directory/g)).toHaveLength(3);
  });

  it.runIf(isHeld)('gets nothing in the place of what the sandbox itself puts there', async () => {
    const folder = await folderWith({});
    for (const inside of ['/workspace', '/workspace/x', '/', '/proc', '/dev/x', 'drive', '/run', '/drive/../proc'])
      await expect(start('true', { readOnly: { [folder]: inside } }), inside).rejects.toThrow('no place for a folder');
  });
});

describe.runIf(hasProcessFolder)('what a command has used', () => {
  it('is the processor time of all of it, as the kernel counted it', async () => {
    const idle = await run('true');
    // Ends by its own processor time and not by the clock: the shell is told the limit in ticks that it has used.
    // It ends by its own processor time, the 14th number in /proc, and not by the clock.
    const busy = await run(
      'while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; ' +
        'ticks=$(cut -d" " -f14 /proc/$$/stat); [ "$ticks" -ge 30 ] && exit; done',
    );
    expect(idle.usage.cpuMs).toBeLessThan(200);
    expect(busy.usage.cpuMs).toBeGreaterThanOrEqual(290);
    expect(busy.usage.cpuMs).toBeLessThan(900);
  });

  it.runIf(isHeld)('is also that of a program that has left its parents', async () => {
    const { usage } = await run(
      "(setsid sh -c 'i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done; echo > done' &); until [ -e done ]; do sleep 0.05; done",
    );
    expect(usage.cpuMs).toBeGreaterThan(100);
  });

  it('is its memory while it held it', async () => {
    const { usage } = await run('{ head -c 52428800 /dev/zero; sleep 0.6; } | tail -c 52428800 | wc -c');
    expect(usage.memoryBytesMax).toBeGreaterThan(50_000_000);
    expect(usage.memoryBytesMax).toBeLessThan(150_000_000);
    expect(usage.memoryByteSeconds).toBeGreaterThan(50_000_000 * 0.2);
  });

  it('is there after it was killed for its time', async () => {
    const { usage, endedBy } = await run('while :; do :; done', 700);
    expect(endedBy).toBe('timeout');
    expect(usage.cpuMs).toBeGreaterThan(50);
    expect(usage.cpuMs).toBeLessThan(1_500);
    expect(usage.memoryBytesMax).toBeGreaterThan(100_000);
  });

  it.runIf(isHeld)('cannot be told otherwise by the command', async () => {
    const { usage, exitCode } = await run(
      // Some of what it writes to has nobody at the other end.
      'trap "" PIPE; for file in /proc/[0-9]*/fd/3 /proc/self/fd/*; do echo "0m0s 0m0s" > $file; done 2>/dev/null; echo x >&3; exit 0',
    );
    expect([exitCode, usage.cpuMs < 1_000]).toEqual([0, true]);
  });
});
