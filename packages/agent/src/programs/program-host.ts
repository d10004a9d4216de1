import type { Readable, Writable } from 'node:stream';
import type { ModelCredential } from '../model/credential-pool.ts';
import type { GatewayHooks } from './gateway-hooks.ts';
import type { LentCredential } from './model-gateway.ts';

/** What is to be started. `PATH`, `HOME` and `LANG` are the host's to set; what stands in `environment` is added to them. */
export interface ProgramSpec {
  file: string;
  args: string[];
  environment: Record<string, string>;
  /** The addresses without which it can do nothing: its model, and a server of the house. */
  reaches: readonly string[];
}

/** A started program whose group dies with it. */
export interface RunningProgram {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Resolves however it ends; never rejects. */
  exit: Promise<{ code: number | null; signal: string | null }>;
  /** Ends the program and all that it has started, at once. */
  kill(): void;
}

/** Where programs run. */
export interface ProgramHost {
  /** Whether something holds what a program does: then its shell is no more than the agent's own. Absent: nothing holds it. */
  readonly isSandboxed?: boolean;
  /** A credential that the program may see in the place of the real one. Absent: it sees the real one. */
  lend?(credential: ModelCredential, hooks?: GatewayHooks): Promise<LentCredential>;
  /**
   * Starts the program in the agent's sandbox: the working folder is the agent's workspace, and `HOME` is a folder that is
   * there again in the next run, since programs keep their sessions in it. The house decides what else it may see. The signal
   * ends the program with its group at the latest some seconds after it was aborted.
   */
  start(agentId: string, program: ProgramSpec, signal: AbortSignal): Promise<RunningProgram>;
}
