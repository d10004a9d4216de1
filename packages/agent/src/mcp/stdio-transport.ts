import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type JSONRPCMessage, ReadBuffer, SdkError, SdkErrorCode, type Transport } from '@modelcontextprotocol/client';
import { ProcessTree } from '../sandbox/process-tree.ts';
import type { ProcessUsage } from '../sandbox/process-usage.ts';
import { systemProgram } from '../sandbox/program-paths.ts';
import type { ResourceGroup } from '../sandbox/resource-group.ts';
import { MESSAGE_BYTES_MAX } from './server-settings.ts';

interface Program {
  command: string;
  args: readonly string[];
  folder: string;
  environment: Record<string, string>;
  /** What it may use together with others; absent: what there is. */
  group?: ResourceGroup | undefined;
  /** Hears at its end what it has used, with all that it started. */
  onUsage: (usage: ProcessUsage) => void;
}

/** How long a program has to end after each of: end of input, SIGTERM. */
const SETPRIV = systemProgram('setpriv');
/** Where the system can do it: a program does not outlive a server that was killed. */
const DIES_WITH_US = SETPRIV.startsWith('/') ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];
const STOP_STEP_MS = 1_000;
/** How long what a dead program left in its pipes is still read. */
const DRAIN_MS = 1_000;
const LAST_WORDS_BYTES_MAX = 2_000;

/**
 * MCP over the standard streams of a program. The client library has such a transport too; this one leads a process group of
 * its own, so that what the program has started ends with it, and takes nothing over from our environment.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];

  readonly #program: Program;
  readonly #incoming = new ReadBuffer({ maxBufferSize: MESSAGE_BYTES_MAX });
  #child: ChildProcessWithoutNullStreams | undefined;
  #lastWords = Buffer.alloc(0);
  #ending: string | undefined;
  #closing: Promise<void> | undefined;
  #tree: ProcessTree | undefined;
  readonly #gone = Promise.withResolvers<void>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** Why the program is no more, with its last words; undefined while it lives. */
  get ending(): string | undefined {
    if (this.#ending === undefined) return undefined;
    const words = this.#lastWords.toString('utf8').toWellFormed().replaceAll('\0', '').trim();
    return words === '' ? this.#ending : `${this.#ending} Its last words: ${words}`;
  }

  async start(): Promise<void> {
    const { command, args, folder, environment } = this.#program;
    // What cannot be started is to say so itself.
    const wrapper = isThere(command, environment.PATH ?? '') ? DIES_WITH_US : [];
    const [file = command, ...rest] = [...wrapper, command, ...args];
    const child = spawn(file, rest, { cwd: folder, env: environment, stdio: 'pipe', detached: true });
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.#lastWords = Buffer.concat([this.#lastWords, chunk]).subarray(-LAST_WORDS_BYTES_MAX);
    });
    // A program that has closed its end shows as its end, not as an error of ours.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
    child.once('exit', (code, signal) => this.#onExit(code, signal));
    child.once('close', () => this.#onGone());
    child.on('error', (error) => {
      if (child.pid === undefined) this.#onGone();
      this.onerror?.(error);
    });
    await once(child, 'spawn');
    if (child.pid === undefined) return;
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    this.#tree = new ProcessTree(child.pid, { group: this.#program.group, isOver });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const input = this.#child?.stdin;
    if (input?.writable !== true) throw new SdkError(SdkErrorCode.NotConnected, 'Not connected');
    input.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    return promise;
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async #stop(): Promise<void> {
    if (this.#child?.pid === undefined) return;
    this.#child.stdin.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.#isGoneWithin(STOP_STEP_MS)) return;
      this.#signalGroup(signal);
    }
    await this.#gone.promise;
  }

  async #isGoneWithin(ms: number): Promise<boolean> {
    const waiting = new AbortController();
    const late = delay(ms, false, { signal: waiting.signal }).catch(() => false);
    const isGone = await Promise.race([this.#gone.promise.then(() => true), late]);
    waiting.abort();
    return isGone;
  }

  #read(chunk: Buffer): void {
    try {
      this.#incoming.append(chunk);
    } catch {
      this.#ending = `The server sent more than ${MESSAGE_BYTES_MAX / 1_000_000} MB at once, and was stopped.`;
      this.#signalGroup('SIGKILL');
      return;
    }
    for (;;) {
      try {
        const message = this.#incoming.readMessage();
        if (message === null) return;
        this.onmessage?.(message);
      } catch (error) {
        // A line that is JSON and no message; the next may be one.
        this.onerror?.(error as Error);
      }
    }
  }

  #onExit(code: number | null, signal: string | null): void {
    this.#ending ??= wordPassed(this.#tree) ?? `The server ended (${signal ?? `code ${code}`}).`;
    if (this.#tree !== undefined) this.#program.onUsage(this.#tree.finish(0));
    this.#signalGroup('SIGKILL');
    // Somebody who left the group may hold the pipes open.
    setTimeout(() => {
      this.#child?.stdout.destroy();
      this.#child?.stderr.destroy();
    }, DRAIN_MS).unref();
  }

  #onGone(): void {
    this.#incoming.clear();
    this.#gone.resolve();
    this.onclose?.();
  }

  #signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // All of them have ended already.
    }
  }
}

function wordPassed(tree: ProcessTree | undefined): string | undefined {
  if (tree?.passed === undefined) return undefined;
  return tree.passed === 'too_much_memory'
    ? 'The server was ended, since it held more memory than the office may use for its servers.'
    : 'The server was ended, since it had started too many processes.';
}

function isThere(command: string, path: string): boolean {
  if (command.includes('/')) return existsSync(command);
  return path.split(':').some((folder) => existsSync(join(folder, command)));
}
