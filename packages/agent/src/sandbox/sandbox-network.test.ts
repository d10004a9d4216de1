import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { temporaryFolder } from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type EgressEntry, openEgressProxy, openSandbox, type SandboxNetwork } from '../index.ts';

const sandbox = await openSandbox();
const isHeld = sandbox.kind === 'bubblewrap';
const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(): Promise<{ host: string; reached: string[] }> {
  const reached: string[] = [];
  const server = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.end('hello');
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, reached };
}

async function proxyFor(...privateHosts: string[]) {
  const entries: EgressEntry[] = [];
  const proxy = await openEgressProxy(
    { privateHosts, allowedHosts: privateHosts },
    { listenOn: sandbox.proxyListensOn, onRequest: (entry) => entries.push(entry) },
  );
  closing.push(() => proxy.close());
  return { network: { kind: 'proxy', proxy } as const, entries, proxy };
}

/** Asks as a program does that cares for the proxy, and as one that goes past it: raw, over each way out that there is. */
const PROBE = `
const { connect } = require('node:net');
const { request } = require('node:http');
const [host, past] = process.argv.slice(1);
const [name, port] = host.split(':');
const target = past === 'past' || !process.env.HTTP_PROXY ? { host: name, port, path: '/past' }
  : { host: new URL(process.env.HTTP_PROXY).hostname, port: new URL(process.env.HTTP_PROXY).port, path: 'http://' + host + '/', headers: { host } };
const asked = request({ ...target, agent: false, timeout: 5000 }, (answer) => { answer.setEncoding('utf8'); answer.on('data', (text) => console.log(answer.statusCode, text)); });
asked.on('error', (error) => console.log(error.code));
asked.end();
`;

async function ask(network: SandboxNetwork, host: string, way: 'as told' | 'past' = 'as told') {
  const { path: workspace, remove } = await temporaryFolder();
  closing.push(remove);
  const program = sandbox.start({
    file: '/program/node',
    args: ['-e', PROBE, host, way],
    environment: {},
    workspace,
    network,
    readOnly: { [process.execPath]: '/program/node' },
    cpuSecondsMax: 30,
    signal: AbortSignal.timeout(60_000),
  });
  let output = '';
  program.stdout.on('data', (chunk) => (output += String(chunk)));
  program.stderr.on('data', (chunk) => (output += String(chunk)));
  await Promise.all([program.exit, once(program.stdout, 'close'), once(program.stderr, 'close')]);
  return output.trim();
}

async function run(network: SandboxNetwork, command: string) {
  const { path: workspace, remove } = await temporaryFolder();
  closing.push(remove);
  return sandbox.run({
    command,
    workspace,
    network,
    readOnly: {},
    timeoutMs: 30_000,
    signal: new AbortController().signal,
  });
}

describe('the network of a sandboxed program', () => {
  it.runIf(isHeld)('is nothing when it is off, not even this machine', async () => {
    const { host, reached } = await serve();
    expect(await ask({ kind: 'off' }, host)).toBe('ECONNREFUSED');
    expect(await ask({ kind: 'off' }, '192.0.2.1:80')).toBe('ENETUNREACH');
    expect(reached).toEqual([]);
  });

  it('is that of the machine when it is open', async () => {
    const { host, reached } = await serve();
    expect(await ask({ kind: 'open' }, host)).toBe('200 hello');
    expect(reached).toEqual(['/past']);
  });

  it('is what the proxy lets out: it answers for an allowed host, refuses another, and logs both', async () => {
    const allowed = await serve();
    const other = await serve();
    const { network, entries } = await proxyFor(allowed.host);
    expect(await ask(network, allowed.host)).toBe('200 hello');
    expect(await ask(network, other.host)).toMatch(/^403 .*not among the hosts/);
    expect([allowed.reached, other.reached]).toEqual([['/'], []]);
    expect(entries.map(({ outcome }) => outcome)).toEqual(['allowed', 'refused']);
  });

  it.runIf(isHeld)('has no way past the proxy, whether a program looks at its variables or not', async () => {
    const { host, reached } = await serve();
    const { network, entries } = await proxyFor(host);
    expect(await ask(network, host, 'past')).toBe('ECONNREFUSED');
    expect(await ask(network, '192.0.2.1:80', 'past')).toBe('ENETUNREACH');
    expect([reached, entries]).toEqual([[], []]);
  });

  it('is told to programs in the variables that they know', async () => {
    const { network, proxy } = await proxyFor();
    const { output } = await run(network, 'env | sort');
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'])
      expect(output).toContain(`${name}=${proxy.url}\n`);
    expect(output).toMatch(/^NO_PROXY=$/m);
    expect(output).not.toContain('COMMAND_ENVIRONMENT');
  });
});

describe.runIf(isHeld)('the bridge to the proxy', () => {
  it('ends as the command ends: its code, its signal, its output', async () => {
    const { network } = await proxyFor();
    expect(await run(network, 'echo out; echo error >&2; exit 7')).toMatchObject({
      exitCode: 7,
      output: 'out\nerror\n',
    });
    expect((await run(network, 'kill -TERM $$')).exitCode).toBe(143);
    expect((await run(network, '/nowhere/program')).exitCode).toBe(127);
  });

  it('passes signals on, and takes what the command left behind with it', async () => {
    const { network } = await proxyFor();
    const { exitCode, output } = await run(
      network,
      'trap "echo heard; exit 5" TERM; (setsid sleep 300 &) ; kill -TERM $PPID; while :; do sleep 0.05; done',
    );
    expect([exitCode, output]).toEqual([5, 'heard\n']);
  });

  it('is not reached by what is meant for the command', async () => {
    const { network } = await proxyFor();
    const { path: workspace, remove } = await temporaryFolder();
    closing.push(remove);
    const program = sandbox.start({
      file: '/bin/sh',
      args: ['-c', 'echo $NODE_OPTIONS'],
      environment: { NODE_OPTIONS: '--require /nowhere.js' },
      workspace,
      network,
      readOnly: {},
      cpuSecondsMax: 10,
      signal: AbortSignal.timeout(60_000),
    });
    const [chunk] = await once(program.stdout, 'data');
    expect(String(chunk)).toBe('--require /nowhere.js\n');
    expect((await program.exit).code).toBe(0);
  });

  it('says so when the proxy is one that a sandbox cannot reach', async () => {
    const proxy = await openEgressProxy({ privateHosts: [] });
    closing.push(() => proxy.close());
    await expect(run({ kind: 'proxy', proxy }, 'true')).rejects.toThrow('listenOn "socket"');
  });
});
