import type { Readable, Writable } from 'node:stream';
import type { ProcessExit } from './metered-process.ts';
import type { SandboxNetwork } from './network.ts';
import type { ResourceGroup } from './resource-group.ts';

/** What is run, and what it may see and use. */
export interface ConfinedProgram {
  /** The path inside. */
  file: string;
  args: readonly string[];
  environment: Record<string, string>;
  /** The only folder that it can write to, seen as /workspace. */
  workspace: string;
  network: SandboxNetwork;
  /** Further folders or files, to be read only: host path → path inside. */
  readOnly: Readonly<Record<string, string>>;
  cpuSecondsMax: number;
  /** What it may use together with others; absent: what there is. */
  group?: ResourceGroup;
}

/** A program that runs for long and is talked to. Aborting the signal kills it. */
export interface SandboxProgram extends ConfinedProgram {
  signal: AbortSignal;
}

/** A program that was started. */
export interface SandboxedProcess {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Rejects only if nothing could be started. */
  exit: Promise<ProcessExit>;
  /** Ends it and all that it has started, at once. */
  kill(): void;
}

/** The environment of every program, for what it is not given itself. */
export const BASE_ENVIRONMENT = { LANG: 'C.UTF-8', TERM: 'dumb' };
