import { camelCase, errors, type JsonObject } from '@guildhall/kernel';
import { type Context, type House, inTransaction, record } from '../context/index.ts';
import { loadOffice, type Office } from './office-store.ts';
import { concurrencyOf } from './quota.ts';

const SETTINGS_MAX = 100;
const SETTINGS_CHARS_MAX = 50_000;
const CREDITS_MAX = 1_000_000_000;

type Check = (value: JsonObject[string]) => string | undefined;

const isFlag: Check = (value) => (typeof value === 'boolean' ? undefined : 'is not true or false');
const isCredits: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= CREDITS_MAX
    ? undefined
    : `is not credits from 0 to ${CREDITS_MAX}`;
const isCount: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 100_000
    ? undefined
    : 'is not a number from 0 to 100000';
const isWord: Check = (value) =>
  typeof value === 'string' && /^[\w./:-]{1,100}$/.test(value) ? undefined : 'is not a name of a model or provider';
const areTools: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not {tool: allowed | ask | off}';
  const isWrong = Object.values(value).some((word) => !['allowed', 'ask', 'off'].includes(String(word)));
  return isWrong ? 'is not {tool: allowed | ask | off}' : undefined;
};

const areHosts: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 100 &&
  value.every(
    (host) =>
      typeof host === 'string' && /^[\w.:[\]-]{1,250}:\d{1,5}$/.test(host) && Number(/\d+$/.exec(host)?.[0]) <= 65_535,
  )
    ? undefined
    : 'is not a list of host:port';

const areNames: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 50 &&
  value.every((name) => typeof name === 'string' && /^[a-z0-9-]{1,40}$/.test(name))
    ? undefined
    : 'is not a list of names of servers (a-z, 0-9, -)';

const areAddresses: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(
    (address) =>
      typeof address === 'string' &&
      URL.canParse(address) &&
      /^https?:$/.test(new URL(address).protocol) &&
      !/[@?#]/.test(address),
  )
    ? undefined
    : 'is not {integration: http(s) address}';

const arePeers: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 1_000 &&
  value.every((peer) => typeof peer === 'string' && /^0x[0-9a-f]{40}$/i.test(peer))
    ? undefined
    : 'is not a list of addresses (0x and 40 hex digits)';

const NETWORKS = ['off', 'proxy', 'open'];
const isNetwork: Check = (value) =>
  NETWORKS.includes(String(value)) ? undefined : `is not one of ${NETWORKS.join(', ')}`;

const areAllowedHosts: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 200 &&
  value.every((host) => typeof host === 'string' && /^(?:\*\.)?[\w.-]{1,250}(?::\d{1,5})?$/.test(host))
    ? undefined
    : 'is not a list of host names, *.example.com among them, with or without a port';

/** What means something to the house. Anything else is kept for whoever sent it. */
const KNOWN: ReadonlyMap<string, Check> = new Map(
  Object.entries<Check>({
    allow_agent_hiring: isFlag,
    max_employees: isCount,
    /** What an agent is thought for by that was hired without a word on it. */
    default_model_tier: isWord,
    default_model_provider: isWord,
    /** How many runs of the office may be under way at once. */
    run_concurrency: isCount,
    /** Credits that the office's agents may use a day, and a calendar month, together. */
    daily_cap: isCredits,
    monthly_cap: isCredits,
    /** What agents may do without asking; an agent's own setting never loosens it. */
    tools: areTools,
    /** What commands reach: nothing; through a proxy of the house what `allowed_hosts` names; or everything. */
    network: isNetwork,
    /** The hosts of the public internet that agents may reach; all of them when it is not set. */
    allowed_hosts: areAllowedHosts,
    /** Servers of the Model Context Protocol that the operator has and that this office uses, by name. */
    mcp_servers: areNames,
    /** Where services of others are that the office runs itself, by integration: `{"gitlab": "https://git.example.org/api/v4"}`. */
    integration_urls: areAddresses,
    /** Who may begin a conversation with agents of the office over XMTP: addresses, or `any`. Nobody when it is not set. */
    xmtp_peers: (value) => (value === 'any' ? undefined : arePeers(value)),
    /** Who is not heard, whoever began. */
    xmtp_blocked_peers: arePeers,
    /** `host:port` outside the public internet that agents may reach all the same. */
    private_hosts: areHosts,
  }),
);

/** How clients of another family write the same settings (spec: mitosis.md 2). */
const SPELLINGS: Record<string, string> = {
  allowAgentHiring: 'allow_agent_hiring',
  maxEmployees: 'max_employees',
  defaultModelTier: 'default_model_tier',
  modelProvider: 'default_model_provider',
  defaultModelProvider: 'default_model_provider',
};

/** In whatever spelling a setting that counts is sent, it counts: a cap that only seems to be set is none. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ...[...KNOWN.keys()].map((name) => [camelCase(name), name] as const),
  ...Object.entries(SPELLINGS),
]);

/** Settings with both spellings of those that have two. */
export function withSpellings(settings: JsonObject): JsonObject {
  const others = Object.entries(SPELLINGS).flatMap(([other, name]) =>
    settings[name] === undefined ? [] : [[other, settings[name]] as const],
  );
  return { ...settings, ...Object.fromEntries(others) } as JsonObject;
}

/** Merges settings into what is there; null takes one away. Throws `validation_failed` with the field. */
export async function updateOfficeSettings(context: Context, officeId: string, asked: JsonObject): Promise<Office> {
  const changes = checkedSettings(context, asked);
  return inTransaction(context, async (tx) => {
    const seen = await loadOffice(tx, officeId, 'offices:write');
    // Where requests with the office's credentials go.
    if ('integration_urls' in changes) await loadOffice(tx, officeId, 'secrets:write');
    const locked = tx.db.selectFrom('offices').selectAll().where('id', '=', seen.id);
    const office = await (tx.house.engine.kind === 'postgres' ? locked.forUpdate() : locked).executeTakeFirstOrThrow();
    const merged = Object.entries({ ...office.settings, ...changes }).filter(
      ([, value]) => value !== null && value !== undefined,
    );
    const settings = Object.fromEntries(merged) as JsonObject;
    if (merged.length > SETTINGS_MAX || JSON.stringify(settings).length > SETTINGS_CHARS_MAX)
      throw errors.validationFailed(
        'settings',
        `has more than ${SETTINGS_MAX} entries or ${SETTINGS_CHARS_MAX} characters`,
      );
    const updated = await tx.db
      .updateTable('offices')
      .set({
        settings,
        run_concurrency: await concurrencyOf(tx, office.id, settings),
        updated_at: tx.house.clock.now(),
      })
      .where('id', '=', office.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (tx.pending !== undefined && 'run_concurrency' in changes) tx.pending.runsQueued = true;
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'office.updated',
      subjectId: office.id,
      data: { fields: Object.keys(changes), changes: changesOf(office.settings, changes) },
    });
    return updated;
  });
}

/** What was before and what is now, of what is told in a word: the record is to say who raised a cap, and from what. */
function changesOf(before: JsonObject, changes: JsonObject): JsonObject {
  const isWord = (value: unknown) =>
    value === undefined || value === null || ['number', 'boolean'].includes(typeof value);
  return Object.fromEntries(
    Object.entries(changes)
      .filter(([name, to]) => KNOWN.has(name) && isWord(before[name]) && isWord(to))
      .map(([name, to]) => [name, { from: before[name] ?? null, to: to ?? null }]),
  );
}

/** Settings as a client sends them → by the house's names. Throws `validation_failed` with the field. */
function checkedSettings({ house }: Context, asked: JsonObject): JsonObject {
  const settings = Object.fromEntries(
    Object.entries(asked).map(([name, value]) => [OTHER_NAMES.get(name) ?? name, value]),
  );
  for (const [name, value] of Object.entries(settings)) {
    const problem = value === null ? undefined : KNOWN.get(name)?.(value);
    if (problem !== undefined) throw errors.validationFailed(name, problem);
  }
  assertWithinReach(settings, house.privateHosts);
  return settings;
}

/** The network that the house stands in is the operator's, not an office's. */
function assertWithinReach(changes: Record<string, unknown>, within: House['privateHosts']): void {
  if (within === 'any') return;
  if (changes.network === 'open')
    throw errors.validationFailed(
      'network',
      'cannot be `open` here: `proxy` reaches the public internet',
      'Ask whoever runs this house to set GUILDHALL_PRIVATE_HOSTS=any.',
    );
  const hosts = Array.isArray(changes.private_hosts) ? changes.private_hosts.map(String) : [];
  const refused = hosts.find((host) => !within.includes(host.toLowerCase()));
  if (refused !== undefined)
    throw errors.validationFailed(
      'private_hosts',
      `has "${refused}", which offices of this house may not open`,
      'Ask whoever runs this house to add it to GUILDHALL_PRIVATE_HOSTS.',
    );
}
