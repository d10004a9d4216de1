import { errors, type Json, type JsonObject, snakeCase } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';

/** What the processes of an agent, or the servers of an office, may use at a time; absent is what the machine gives. */
export interface AgentResources {
  /** Of processor time, in seconds a second. */
  cores?: number;
  memoryBytesMax?: number;
}

const CORES_MIN = 0.05;
/** Less than this, and nothing that an agent would start begins. */
const MEMORY_BYTES_MIN = 64 * 1024 ** 2;
const GIGABYTE = 1024 ** 3;

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: GIGABYTE,
};
const QUANTITY = /^(\d{1,15}(?:\.\d{1,9})?)(m|k|M|G|Ki|Mi|Gi)?$/;

/** Throws `validation_failed` for an amount in a profile's `resources` that says nothing, or too little to work with. */
export function checkResources(profile: JsonObject | undefined): void {
  const resources = amountsIn(profile);
  for (const name of AMOUNTS) {
    const given = resources[name];
    if (given === undefined || given === null || given === '') continue;
    const amount = quantity(given);
    const field = `resources.${name}`;
    if (amount === undefined)
      throw errors.validationFailed(
        field,
        'is no amount',
        'Use a Kubernetes quantity, such as 500m or 1.5, 512Mi or 2Gi.',
      );
    if (name === 'cpuLimit' && amount < CORES_MIN) throw errors.validationFailed(field, 'is less than 50m');
    if (name === 'memoryLimit' && amount < MEMORY_BYTES_MIN) throw errors.validationFailed(field, 'is less than 64Mi');
  }
}

/**
 * What the commands and the browser of an agent may use together: its own limits, and its part of what the office may use, which
 * is divided among as many runs as the office may have at work, and its servers. So all of them together stay within the quota.
 */
export async function resourcesOfAgent(context: Context, agentId: string): Promise<AgentResources> {
  const row = await context.db
    .selectFrom('agents')
    .select(['agents.office_id', 'agents.profile'])
    .where('agents.id', '=', agentId)
    .executeTakeFirst();
  if (row === undefined) return {};
  const part = await partOfQuota(context, row.office_id);
  const limits = amountsIn(row.profile);
  return amounts(
    least(quantity(limits.cpuLimit), part.cores),
    least(quantity(limits.memoryLimit), part.memoryBytesMax),
  );
}

/** What all MCP servers of an office may use together: as much as one of its runs. */
export async function resourcesOfServers(context: Context, officeId: string): Promise<AgentResources> {
  return partOfQuota(context, officeId);
}

async function partOfQuota(context: Context, officeId: string): Promise<AgentResources> {
  const row = await context.db
    .selectFrom('office_quotas')
    .innerJoin('offices', 'offices.id', 'office_quotas.office_id')
    .select([
      'offices.settings',
      'offices.run_concurrency',
      'office_quotas.cpu_cores',
      'office_quotas.memory_gigabytes',
    ])
    .where('office_quotas.office_id', '=', officeId)
    .executeTakeFirst();
  if (row === undefined) return {};
  const servers = row.settings.mcp_servers;
  const parts = (row.run_concurrency ?? 1) + (Array.isArray(servers) && servers.length > 0 ? 1 : 0);
  return amounts(
    row.cpu_cores === null ? undefined : row.cpu_cores / parts,
    row.memory_gigabytes === null ? undefined : Math.floor((row.memory_gigabytes * GIGABYTE) / parts),
  );
}

function amounts(cores: number | undefined, memoryBytesMax: number | undefined): AgentResources {
  return { ...(cores === undefined ? {} : { cores }), ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }) };
}

const AMOUNTS = ['cpuRequest', 'cpuLimit', 'memoryRequest', 'memoryLimit'] as const;

/** What a profile says of resources, in either spelling. */
function amountsIn(profile: JsonObject | undefined): Partial<Record<(typeof AMOUNTS)[number], Json>> {
  const { resources } = profile ?? {};
  if (typeof resources !== 'object' || resources === null || Array.isArray(resources)) return {};
  return Object.fromEntries(AMOUNTS.map((name) => [name, resources[name] ?? resources[snakeCase(name)]]));
}

function quantity(given: Json | undefined): number | undefined {
  if (typeof given !== 'string' && typeof given !== 'number') return undefined;
  const [, number, unit = ''] = QUANTITY.exec(String(given)) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1);
}

function least(...bounds: (number | undefined)[]): number | undefined {
  const given = bounds.filter((bound) => bound !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
