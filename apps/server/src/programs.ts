import { dirname, join } from 'node:path';
import {
  type CredentialPool,
  claudeCodeDriver,
  type Driver,
  findProgram,
  type ModelProvider,
  openClawDriver,
  type ProgramStatus,
  type ResourceGroups,
  type Sandbox,
} from '@guildhall/agent';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { type DriverStatus, type House, systemContext } from './domain/context/index.ts';
import { type DriveViews, houseProgramHost } from './runtime/index.ts';

/** Where programs work. */
export interface ProgramPlace {
  sandbox: Sandbox;
  drives: DriveViews;
  groups: ResourceGroups;
  log: Logger;
}

/** The drivers that are programs of others, and which of them this machine has. */
export interface Programs {
  /** Made when the house is there. */
  drivers(house: House, place: ProgramPlace): Driver[];
  statuses(credentials: DriverStatus['credentials']): DriverStatus[];
  /** `own` are providers that the agent's office has a credential of. */
  isReady(name: string, own?: readonly string[]): boolean;
}

/** A process of a program that thinks for hours uses seconds of CPU; one that uses this many is stuck. */
const CPU_SECONDS_MAX = 7_200;

const DESCRIPTIONS = {
  'claude-code':
    'The program Claude Code as a child process; its tool calls ask this house first. Needs an Anthropic credential.',
  openclaw:
    'The program OpenClaw as a child process, with the house’s tools in the place of its own. Needs an API key of Anthropic, OpenAI or OpenRouter.',
} as const;

type ProgramName = keyof typeof DESCRIPTIONS;

const PROVIDERS: Record<ProgramName, readonly ModelProvider[]> = {
  'claude-code': ['anthropic'],
  openclaw: ['anthropic', 'openai', 'openrouter'],
};

/** Whether a driver is a program of others. */
export function isProgram(driver: string): boolean {
  return driver in DESCRIPTIONS;
}

/** Looks for the programs in the background: asking one for its version takes longer than a start of the house may. */
export function openPrograms(config: Config, pool: CredentialPool, sandbox: Sandbox): Programs {
  const found: Record<ProgramName, ProgramStatus> = {
    'claude-code': { isAvailable: false, missing: 'It is still being looked for.' },
    openclaw: { isAvailable: false, missing: 'It is still being looked for.' },
  };
  const look = async (name: ProgramName, file: string, version: RegExp) => {
    found[name] = await findProgram(file, config.programFolders, (output) => version.exec(output)?.[0]);
  };
  void look('claude-code', 'claude', /\b[2-9]\d*\.\d+\.\d+/);
  void look('openclaw', 'openclaw', /\b\d+\.\d+\.\d+/);
  // What a plugin of it does asks nobody: without a sandbox nothing would hold that.
  const isHeld = (name: ProgramName) => name !== 'openclaw' || sandbox.kind === 'bubblewrap';
  const hasCredential = (name: ProgramName, own: readonly string[] = []) =>
    PROVIDERS[name].some((provider) => pool.providers.includes(provider) || own.includes(provider));

  const isUsable = (name: ProgramName, own?: readonly string[]) =>
    found[name].isAvailable && hasCredential(name, own) && isHeld(name);

  return {
    isReady: (name, own) => isProgram(name) && isUsable(name as ProgramName, own),
    statuses: (credentials) =>
      (Object.keys(found) as ProgramName[]).map((name) => ({
        name,
        isAvailable: isUsable(name, providersOf(credentials)),
        description: DESCRIPTIONS[name],
        ...(found[name].version === undefined ? {} : { version: found[name].version }),
        ...missingOf(found[name], hasCredential(name, providersOf(credentials)), isHeld(name), name),
        credentials: credentials.filter(({ provider }) => PROVIDERS[name].includes(provider as ModelProvider)),
      })),
    drivers: (house, place) => programDrivers(config, pool, found, house, place),
  };
}

function programDrivers(
  config: Config,
  pool: CredentialPool,
  found: Record<ProgramName, ProgramStatus>,
  house: House,
  place: ProgramPlace,
): Driver[] {
  const { models } = config;
  const programs = houseProgramHost(systemContext(house, 'programs'), {
    ...place,
    workspacesFolder: join(config.dataFolder, 'workspaces'),
    programFolders: () =>
      Object.values(found).flatMap(({ path }) => (path === undefined || isSystems(path) ? [] : [dirname(path)])),
    cpuSecondsMax: CPU_SECONDS_MAX,
  });
  const shared = {
    programs,
    pool,
    tiers: models.tiers,
    tierDefault: models.tierDefault,
    stepsMax: models.stepsMax,
    now: () => house.clock.now(),
  };
  // Where a program lies is known some moments after the start: each turn asks anew.
  return [
    {
      name: 'claude-code',
      run: (turn, host) =>
        claudeCodeDriver({
          ...shared,
          pool: pool.including(turn.credentials),
          path: found['claude-code'].path,
          silenceMs: models.totalMs,
        }).run(turn, host),
    },
    {
      name: 'openclaw',
      run: (turn, host) =>
        openClawDriver({
          ...shared,
          pool: pool.including(turn.credentials),
          path: found.openclaw.path,
          totalMs: models.totalMs,
        }).run(turn, host),
    },
  ];
}

const providersOf = (credentials: DriverStatus['credentials']) => credentials.map(({ provider }) => provider);

function missingOf(
  status: ProgramStatus,
  hasCredential: boolean,
  isHeld: boolean,
  name: ProgramName,
): { missing?: string } {
  if (status.missing !== undefined) return { missing: status.missing };
  if (!isHeld) return { missing: 'A sandbox: install bubblewrap, and allow user namespaces.' };
  return hasCredential ? {} : { missing: `A credential of ${PROVIDERS[name].join(', ')}.` };
}

/** The sandbox shows these folders to every command. */
function isSystems(path: string): boolean {
  return path.startsWith('/usr/') || path.startsWith('/bin/');
}
