import { type EgressRules, fetchPage, type Workspace } from '@guildhall/agent';
import type { Prover, Verification } from '../domain/tasks/index.ts';
import type { RunSandbox } from './run-sandbox.ts';

const COMMAND_TIMEOUT_MS = 300_000;
const REQUEST_TIMEOUT_MS = 30_000;
const BODY_BYTES_MAX = 1_000_000;
const OUTPUT_CHARS_MAX = 2_000;

export interface ProvingPlace {
  place: RunSandbox;
  workspace: Workspace;
  rules: EgressRules;
  signal: AbortSignal;
}

/** Sees for itself whether a task is done: runs the command in the worker's folder, asks the address. */
export function proverIn(place: ProvingPlace): Prover {
  return (verification) =>
    verification.type === 'command' ? runCommand(verification, place) : askAddress(verification, place);
}

async function runCommand(
  { command }: Extract<Verification, { type: 'command' }>,
  { place, workspace, signal }: ProvingPlace,
): Promise<Awaited<ReturnType<Prover>>> {
  const { network, readOnly, sandbox } = place;
  // On the bare host a command is a person's to run.
  if (sandbox.kind === 'none') return 'unproved';
  const timeoutMs = COMMAND_TIMEOUT_MS;
  await workspace.open();
  const result = await sandbox.run({ command, workspace: workspace.root, network, readOnly, timeoutMs, signal });
  place.onUsage(result.usage);
  if (result.exitCode === 0 && result.endedBy === undefined) return 'holds';
  const end = result.endedBy === 'timeout' ? 'took too long' : `ended with ${result.exitCode}`;
  return { fails: `the command "${command}" ${end}: ${result.output.slice(-OUTPUT_CHARS_MAX)}` };
}

async function askAddress(
  { url, status, contains }: Extract<Verification, { type: 'api_works' }>,
  { rules, signal }: ProvingPlace,
): Promise<Awaited<ReturnType<Prover>>> {
  try {
    const page = await fetchPage(url, { ...rules, timeoutMs: REQUEST_TIMEOUT_MS, bytesMax: BODY_BYTES_MAX }, signal);
    if (page.status !== status) return { fails: `${url} answers ${page.status}, not ${status}` };
    const isThere = contains === undefined || page.body.toString('utf8').includes(contains);
    return isThere ? 'holds' : { fails: `the answer of ${url} does not contain "${contains}"` };
  } catch (error) {
    signal.throwIfAborted();
    return { fails: `${url} could not be asked: ${error instanceof Error ? error.message : String(error)}` };
  }
}
