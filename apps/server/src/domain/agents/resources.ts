import { errors, type Json, type JsonObject } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';

/** What the commands and programs of one agent may use at a time; absent is what the machine gives. */
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
 * What an agent's commands may use: its own limits, and its part of what the office may use, which is divided among as many
 * runs as the office may have at work. So all of them together stay within the quota.
 */
export async function resourcesOfAgent(context: Context, agentId: string): Promise<AgentResources> {
  const row = await context.db
    .selectFrom('agents')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .leftJoin('office_quotas', 'office_quotas.office_id', 'agents.office_id')
    .select(['agents.profile', 'offices.run_concurrency', 'office_quotas.cpu_cores', 'office_quotas.memory_gigabytes'])
    .where('agents.id', '=', agentId)
    .executeTakeFirst();
  if (row === undefined) return {};
  const runs = row.run_concurrency ?? 1;
  const limits = amountsIn(row.profile);
  const cores = least(quantity(limits.cpuLimit), row.cpu_cores === null ? undefined : row.cpu_cores / runs);
  const memoryBytesMax = least(
    quantity(limits.memoryLimit),
    row.memory_gigabytes === null ? undefined : Math.floor((row.memory_gigabytes * GIGABYTE) / runs),
  );
  return { ...(cores === undefined ? {} : { cores }), ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }) };
}

const AMOUNTS = ['cpuRequest', 'cpuLimit', 'memoryRequest', 'memoryLimit'] as const;

/** What a profile says of resources, in either spelling. */
function amountsIn(profile: JsonObject | undefined): Partial<Record<(typeof AMOUNTS)[number], Json>> {
  const { resources } = profile ?? {};
  if (typeof resources !== 'object' || resources === null || Array.isArray(resources)) return {};
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(AMOUNTS.map((name) => [name, resources[name] ?? resources[snake(name)]]));
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
