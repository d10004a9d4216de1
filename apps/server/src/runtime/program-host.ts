import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type EgressProxy,
  lendCredential,
  openEgressProxy,
  type ProgramHost,
  type ProgramSpec,
  type ResourceGroups,
  type RunningProgram,
  type Sandbox,
  type SandboxNetwork,
} from '@guildhall/agent';
import { errors, type JsonObject } from '@guildhall/kernel';
import type { Logger } from 'pino';
import { resourcesOfAgent } from '../domain/agents/index.ts';
import type { Context } from '../domain/context/index.ts';
import { meterProcess } from '../domain/usage/index.ts';
import { egressRulesIn, networkIn } from './egress-rules.ts';
import type { DriveViews } from './run-sandbox.ts';

export interface HouseProgramsOptions {
  workspacesFolder: string;
  sandbox: Sandbox;
  drives: DriveViews;
  groups: ResourceGroups;
  /** Folders of programs that lie outside of the system's own. */
  programFolders: () => readonly string[];
  /** CPU seconds of one process of a program. */
  cpuSecondsMax: number;
  log: Logger;
}

const KILL_AFTER_MS = 3_000;

/**
 * Where program drivers run their programs: in the agent's workspace, held by the sandbox, with a way to the model's provider
 * and to the house's tools, and else to what the office allows to commands. What they take is metered for the agent.
 */
export function houseProgramHost(system: Context, options: HouseProgramsOptions): ProgramHost {
  return {
    isSandboxed: options.sandbox.kind === 'bubblewrap',
    lend: lendCredential,
    start: async (agentId, program, signal) => startProgram(system, options, agentId, program, signal),
  };
}

async function startProgram(
  system: Context,
  options: HouseProgramsOptions,
  agentId: string,
  program: ProgramSpec,
  signal: AbortSignal,
): Promise<RunningProgram> {
  const { sandbox, log } = options;
  const place = await system.db
    .selectFrom('agents')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .select(['agents.office_id', 'offices.settings'])
    .where('agents.id', '=', agentId)
    .executeTakeFirst();
  if (place === undefined) throw errors.notFound('agent', agentId);
  const workspace = join(options.workspacesFolder, agentId);
  await mkdir(workspace, { recursive: true, mode: 0o700 });
  const view = await options.drives.for(system, place.office_id, agentId);
  const isHeld = sandbox.kind === 'bubblewrap';
  if (isHeld) await view.refresh(system, place.office_id);
  const { network, proxy } = await networkOf(system, place.settings, options, agentId, program.reaches);
  const kill = new AbortController();
  const late = () => setTimeout(() => kill.abort(), KILL_AFTER_MS).unref();
  signal.addEventListener('abort', late, { once: true });
  const running = sandbox.start({
    file: program.file,
    args: program.args,
    environment: { PATH: pathOf(options), ...program.environment },
    workspace,
    network,
    readOnly: isHeld ? { ...foldersOf(options), [view.folder]: '/drive' } : {},
    cpuSecondsMax: options.cpuSecondsMax,
    group: options.groups.of(agentId, await resourcesOfAgent(system, agentId)),
    signal: kill.signal,
  });
  const exit = running.exit.then(
    async ({ code, signal: endedBy, usage }) => {
      await meterProcess(system, { office_id: place.office_id, agent_id: agentId }, usage).catch((error: unknown) =>
        log.error({ err: error, agent: agentId }, 'a program is not metered'),
      );
      return { code, signal: endedBy };
    },
    (error: unknown) => {
      log.error({ err: error, agent: agentId }, 'a program could not be started');
      return { code: 127, signal: null };
    },
  );
  void exit.finally(() => {
    signal.removeEventListener('abort', late);
    return proxy?.close();
  });
  return { stdin: running.stdin, stdout: running.stdout, stderr: running.stderr, exit, kill: () => running.kill() };
}

/** The addresses of its model and of the house's tools are always in reach: without them there is no agent. The rest is the office's word. */
async function networkOf(
  { house }: Context,
  settings: JsonObject,
  { sandbox, log }: HouseProgramsOptions,
  agentId: string,
  reaches: readonly string[],
): Promise<{ network: SandboxNetwork; proxy: EgressProxy | undefined }> {
  const kind = networkIn(settings, house.privateHosts);
  if (kind === 'open') return { network: { kind: 'open' }, proxy: undefined };
  const rules = egressRulesIn(settings, house.privateHosts);
  const ownHosts = reaches.map(hostOf);
  const allowed = kind === 'proxy' ? rules.allowedHosts : [];
  const proxy = await openEgressProxy(
    {
      privateHosts: [...rules.privateHosts, ...ownHosts],
      ...(allowed === undefined ? {} : { allowedHosts: [...allowed, ...ownHosts] }),
    },
    {
      listenOn: sandbox.proxyListensOn,
      onRequest: (entry) => log.info({ agent: agentId, ...entry }, 'a program asked for a host'),
    },
  );
  return { network: { kind: 'proxy', proxy }, proxy };
}

function hostOf(address: string): string {
  const url = new URL(address);
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
}

/** The program itself and the interpreter that scripts among them need. */
function foldersOf({ programFolders }: HouseProgramsOptions): Record<string, string> {
  const folders = [...new Set([...programFolders(), dirname(process.execPath)])];
  return Object.fromEntries(folders.map((folder) => [folder, folder]));
}

function pathOf({ programFolders }: HouseProgramsOptions): string {
  const folders = [...programFolders(), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'];
  return [...new Set(folders)].join(':');
}
