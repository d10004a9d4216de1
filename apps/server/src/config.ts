import { existsSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModelCredential, type ModelProvider, modelProviders, type TierTable } from '@guildhall/agent';
import { type Environment, Reader } from './environment-reader.ts';
import { isMcpFile, MCP_FILE_SHAPE, type McpTable, readMcpTable } from './mcp-settings.ts';
import { credentialVariables, modelPrices, type PriceTable, tierTable } from './model-settings.ts';

/** Everything that can be set, with its default. Nothing else in the server reads the environment. */
export interface Config {
  host: string;
  port: number;
  dataFolder: string;
  databaseUrl: string | undefined;
  databasePoolSize: number;
  sqliteSync: 'full' | 'normal';
  ownerKey: string | undefined;
  jwtSecret: string | undefined;
  /** 64 hex digits; made up and kept in the data folder when undefined. */
  vaultKey: string | undefined;
  logLevel: string;
  /** Proxies whose X-Forwarded-For is believed: `false`, `true`, or addresses. */
  trustProxy: boolean | string;
  embedder: EmbedderConfig | undefined;
  /** What puts the memory's hits into a better order. */
  reranker: { baseUrl: string; apiKey: string | undefined; model: string } | undefined;
  /** What reads what comes into a memory, where an office chooses so. */
  extractor: { provider: string; baseUrl: string; apiKey: string | undefined; model: string } | undefined;
  bodyBytesMax: number;
  fileBytesMax: number;
  driveBytesMax: number;
  trashRetentionMs: number;
  ratePerMinute: number;
  strangerRatePerMinute: number;
  runConcurrency: number;
  runLeaseMs: number;
  /** How long one run may work without a pause. */
  runWorkMs: number;
  taskLeaseMs: number;
  hiresPerWindow: number;
  hireWindowMs: number;
  agentDailyCapCents: number;
  officeGrantCents: number;
  reflexMessagePriceCents: number;
  reflexTaskPriceCents: number;
  eventRetentionMs: number;
  /** The public network that agents may be on; undefined when they are on none. */
  xmtp: { network: 'production' | 'dev' | 'local'; url: string | undefined; folder: string | undefined } | undefined;
  insecureOpen: boolean;
  /** What of the private network offices may let their agents reach. */
  privateHosts: 'any' | readonly string[];
  approvalTtlMs: number;
  /** Undefined when none is found. */
  chromiumPath: string | undefined;
  /** Where programs of others are looked for. */
  programFolders: string[];
  models: ModelConfig;
  /** Servers of the Model Context Protocol that offices may switch on. */
  mcp: McpTable;
}

/** Language models: none without a credential, and then every agent runs as `reflex`. */
export interface ModelConfig {
  credentials: ModelCredential[];
  /** Where a provider is asked, when not at its own address; holds for the credentials of offices too. */
  addresses: Partial<Record<ModelProvider, string>>;
  tiers: TierTable;
  /** For an agent that was hired without a tier. */
  tierDefault: string;
  fallbackTiers: string[];
  prices: PriceTable;
  outputTokensMax: number;
  promptTokensMax: number;
  stepsMax: number;
  silenceMs: number;
  totalMs: number;
  unavailableMs: number;
}

/** Reads and checks the environment. Throws one `Error` that lists every bad value, with what would be right. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const read = new Reader(environment, problems);
  const config: Config = {
    host: read.text('HOST', '127.0.0.1'),
    port: read.integer('PORT', 8080, 0, 65_535),
    dataFolder: resolve(read.text('GUILDHALL_DATA', './data')),
    databaseUrl: read.pattern('DATABASE_URL', /^postgres(?:ql)?:\/\//, 'a postgres:// address'),
    databasePoolSize: read.integer('GUILDHALL_DATABASE_POOL', 10, 2, 1_000),
    sqliteSync: read.oneOf('GUILDHALL_SYNC', ['normal', 'full'], 'normal'),
    ownerKey: read.pattern(
      'GUILDHALL_OWNER_KEY',
      /^mi_[A-Za-z0-9_-]{16,200}$/,
      'mi_ followed by at least 16 letters, digits, "_" or "-"',
    ),
    jwtSecret: read.pattern('JWT_SECRET', /^.{16,}$/s, 'at least 16 characters'),
    vaultKey: read.pattern('GUILDHALL_VAULT_KEY', /^[0-9a-f]{64}$/i, '64 hex digits'),
    logLevel: read.oneOf('GUILDHALL_LOG', ['silent', 'error', 'warn', 'info', 'debug', 'trace'], 'warn'),
    trustProxy: read.trustProxy('GUILDHALL_TRUST_PROXY'),
    bodyBytesMax: read.integer('GUILDHALL_BODY_BYTES_MAX', 1_048_576, 1_024, 104_857_600),
    fileBytesMax: read.integer('GUILDHALL_FILE_BYTES_MAX', 5_368_709_120, 1_024, Number.MAX_SAFE_INTEGER),
    driveBytesMax: read.integer('GUILDHALL_DRIVE_BYTES_MAX', 107_374_182_400, 1_024, Number.MAX_SAFE_INTEGER),
    trashRetentionMs: read.integer('GUILDHALL_TRASH_DAYS', 30, 0, 36_500) * 86_400_000,
    ratePerMinute: read.integer('GUILDHALL_RATE_PER_MINUTE', 600_000, 1, 1_000_000_000),
    strangerRatePerMinute: read.integer('GUILDHALL_STRANGER_RATE_PER_MINUTE', 600, 1, 1_000_000_000),
    runConcurrency: read.integer('GUILDHALL_RUN_CONCURRENCY', 8, 0, 1_000),
    runWorkMs: read.integer('GUILDHALL_RUN_SECONDS', 7_200, 1, 604_800) * 1_000,
    runLeaseMs: read.integer('GUILDHALL_RUN_LEASE_MS', 15_000, 1_000, 3_600_000),
    taskLeaseMs: read.integer('GUILDHALL_TASK_LEASE_MS', 900_000, 1_000, 86_400_000),
    hiresPerWindow: read.integer('GUILDHALL_HIRE_LIMIT', 3, 1, 1_000_000),
    hireWindowMs: read.integer('GUILDHALL_HIRE_WINDOW_MS', 600_000, 1_000, 86_400_000),
    agentDailyCapCents: read.credits('GUILDHALL_AGENT_DAILY_CAP', 10_000),
    officeGrantCents: read.credits('GUILDHALL_OFFICE_GRANT', 100_000),
    reflexMessagePriceCents: read.credits('GUILDHALL_PRICE_REFLEX_MESSAGE', 1),
    reflexTaskPriceCents: read.credits('GUILDHALL_PRICE_REFLEX_TASK', 5),
    eventRetentionMs: read.integer('GUILDHALL_EVENT_RETENTION_DAYS', 90, 1, 36_500) * 86_400_000,
    embedder: readEmbedder(read),
    reranker: readReranker(read),
    extractor: readExtractor(read),
    approvalTtlMs: read.integer('GUILDHALL_APPROVAL_HOURS', 72, 1, 8_760) * 3_600_000,
    chromiumPath: read.program('CHROMIUM_PATH', [
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome',
    ]),
    programFolders: read
      .text('GUILDHALL_PROGRAMS', environment.PATH ?? '/usr/local/bin:/usr/bin:/bin')
      .split(':')
      .filter((folder) => folder.startsWith('/')),
    models: readModels(read),
    mcp: readMcpTable(read.json('GUILDHALL_MCP_FILE', isMcpFile, MCP_FILE_SHAPE)),
    xmtp: readXmtp(read),
    insecureOpen: read.oneOf('GUILDHALL_INSECURE_OPEN', ['false', 'true'], 'false') === 'true',
    privateHosts: [],
  };
  config.privateHosts = readPrivateHosts(read, config);
  refuseOpenNetwork(config, problems);
  if (problems.length > 0)
    throw new Error(
      `The configuration is not right:\n${[...new Set(problems)].map((problem) => `  - ${problem}`).join('\n')}`,
    );
  return config;
}

function readModels(read: Reader): ModelConfig {
  return {
    credentials: modelProviders.flatMap((provider) => readCredentials(read, provider)),
    addresses: readAddresses(read),
    tiers: readTiers(read),
    tierDefault: read.text('GUILDHALL_MODEL_DEFAULT', 'haiku'),
    fallbackTiers: readFallbackTiers(read),
    prices: { ...modelPrices, ...read.json<PriceTable>('GUILDHALL_MODEL_PRICES', isPriceTable, PRICE_SHAPE) },
    outputTokensMax: read.integer('GUILDHALL_MODEL_OUTPUT_TOKENS', 8_000, 100, 200_000),
    promptTokensMax: read.integer('GUILDHALL_MODEL_PROMPT_TOKENS', 120_000, 2_000, 2_000_000),
    stepsMax: read.integer('GUILDHALL_RUN_STEPS', 60, 1, 10_000),
    silenceMs: read.integer('GUILDHALL_MODEL_SILENCE_MS', 60_000, 100, 3_600_000),
    unavailableMs: read.integer('GUILDHALL_MODEL_RETRY_MS', 60_000, 100, 3_600_000),
    totalMs: read.integer('GUILDHALL_MODEL_TIMEOUT_MS', 600_000, 1_000, 3_600_000),
  };
}

function readFallbackTiers(read: Reader): string[] {
  const tiers = read
    .text('GUILDHALL_MODEL_FALLBACK', '')
    .split(',')
    .map((tier) => tier.trim())
    .filter(Boolean);
  // The id of a model has a dash, a dot or a digit in it; a single word that is no tier is one that was misspelt.
  const unknown = tiers.find((tier) => !(tier in tierTable) && /^[a-z]+$/i.test(tier));
  if (unknown !== undefined)
    read.complain(
      `GUILDHALL_MODEL_FALLBACK must be tiers (${Object.keys(tierTable).join(', ')}) or ids of models, with commas between.`,
    );
  return tiers;
}

function readAddresses(read: Reader): ModelConfig['addresses'] {
  return Object.fromEntries(
    modelProviders.flatMap((provider) => {
      const address = read.address(credentialVariables[provider].url);
      return address === undefined ? [] : [[provider, address] as const];
    }),
  );
}

/** Several keys of a provider are separated by commas: when one is used up, the next is taken. */
function readCredentials(read: Reader, provider: ModelProvider): ModelCredential[] {
  const { key, url } = credentialVariables[provider];
  const baseUrl = read.address(url);
  const secrets = read
    .text(key, '')
    .split(',')
    .map((secret) => secret.trim())
    .filter(Boolean);
  // An address of one's own often asks for no key.
  if (provider === 'compatible' && baseUrl !== undefined && secrets.length === 0) secrets.push('');
  if (provider === 'compatible' && baseUrl === undefined) return [];
  return secrets.map((secret, index) => ({ id: `${provider}-${index + 1}`, provider, secret, baseUrl }));
}

/** What makes vectors for the memory beside the built-in embedder. */
export type EmbedderConfig =
  | { kind: 'openai'; model: string; baseUrl: string; apiKey: string | undefined; weight: number }
  | { kind: 'onnx'; folder: string; weight: number };

function readEmbedder(read: Reader): EmbedderConfig | undefined {
  const set = read.pattern('GUILDHALL_EMBEDDER', /^(?:openai|onnx):\S+$/, 'openai:<model> or onnx:<folder>');
  const percent = read.integer('GUILDHALL_EMBEDDER_WEIGHT_PERCENT', 50, 0, 200);
  const url = read.pattern('GUILDHALL_EMBEDDER_URL', /^https?:\/\//, 'an http:// or https:// address up to /v1');
  const apiKey =
    read.pattern('GUILDHALL_EMBEDDER_KEY', /^\S+$/, 'a key') ?? read.pattern('OPENAI_API_KEY', /./, 'a key');
  if (set === undefined) return undefined;
  const name = set.slice(set.indexOf(':') + 1);
  const weight = percent / 100;
  if (set.startsWith('onnx:')) {
    if (!existsSync(join(name, 'config.json')))
      read.complain(
        'GUILDHALL_EMBEDDER must be onnx:<folder> with config.json, tokenizer.json and onnx/model.onnx in the folder.',
      );
    return { kind: 'onnx', folder: resolve(name), weight };
  }
  if (url === undefined && apiKey === undefined)
    read.complain('GUILDHALL_EMBEDDER needs GUILDHALL_EMBEDDER_KEY (or OPENAI_API_KEY), or GUILDHALL_EMBEDDER_URL.');
  return { kind: 'openai', model: name, baseUrl: url ?? 'https://api.openai.com/v1', apiKey, weight };
}

/** Where the library is looked for when no folder is named: beside the packages of this project. */
const PROJECT_FOLDER = fileURLToPath(new URL('../../..', import.meta.url));

/** Which network of XMTP agents may be on, and where it answers, when not where the library says. */
function readXmtp(read: Reader): Config['xmtp'] {
  const network = read.oneOf('GUILDHALL_XMTP_ENV', ['off', 'production', 'dev', 'local'], 'off');
  const url = read.address('GUILDHALL_XMTP_URL');
  const folder = read.pattern('GUILDHALL_XMTP_FOLDER', /./, 'a folder');
  if (network === 'off') return undefined;
  if (!existsSync(join(folder ?? PROJECT_FOLDER, 'node_modules/@xmtp/node-sdk')))
    read.complain(
      'GUILDHALL_XMTP_FOLDER must be a folder with node_modules/@xmtp/node-sdk in it: npm install --prefix <folder> --ignore-scripts @xmtp/node-sdk.',
    );
  return { network, url, folder: folder === undefined ? undefined : resolve(folder) };
}

function readReranker(read: Reader): Config['reranker'] {
  const model = read.pattern('GUILDHALL_RERANKER', /^\S+$/, 'the name of a model');
  const baseUrl = read.pattern('GUILDHALL_RERANKER_URL', /^https?:\/\//, 'an http:// or https:// address up to /v1');
  const apiKey = read.pattern('GUILDHALL_RERANKER_KEY', /^\S+$/, 'a key');
  if (model !== undefined && baseUrl === undefined)
    read.complain('GUILDHALL_RERANKER needs GUILDHALL_RERANKER_URL, where it answers.');
  return model === undefined || baseUrl === undefined ? undefined : { baseUrl, apiKey, model };
}

function readExtractor(read: Reader): Config['extractor'] {
  const model = read.pattern('GUILDHALL_EXTRACTOR', /^\S+$/, 'the name of a model');
  const baseUrl = read.pattern('GUILDHALL_EXTRACTOR_URL', /^https?:\/\//, 'an http:// or https:// address up to /v1');
  const apiKey =
    read.pattern('GUILDHALL_EXTRACTOR_KEY', /^\S+$/, 'a key') ??
    (baseUrl === undefined ? read.pattern('OPENAI_API_KEY', /./, 'a key') : undefined);
  if (model === undefined) return undefined;
  // An address of the operator's own costs what the operator says it does: nothing, unless a price is set.
  if (baseUrl !== undefined) return { provider: 'compatible', baseUrl, apiKey, model };
  if (apiKey === undefined)
    read.complain('GUILDHALL_EXTRACTOR needs GUILDHALL_EXTRACTOR_KEY (or OPENAI_API_KEY), or GUILDHALL_EXTRACTOR_URL.');
  return { provider: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey, model };
}

function readTiers(read: Reader): TierTable {
  const tiers: Record<string, Partial<Record<ModelProvider, string>>> = { ...tierTable };
  for (const tier of Object.keys(tierTable)) {
    const set = read.pattern(
      `GUILDHALL_MODEL_${tier.toUpperCase()}`,
      new RegExp(`^(?:${modelProviders.join('|')}):\\S+$`),
      'provider:model, such as anthropic:claude-haiku-4-5',
    );
    if (set === undefined) continue;
    const provider = set.slice(0, set.indexOf(':')) as ModelProvider;
    tiers[tier] = { [provider]: set.slice(set.indexOf(':') + 1) };
  }
  return tiers;
}

const PRICE_SHAPE =
  'a JSON file {"provider:model": {"input": n, "cachedInput": n, "output": n}} in credits for a million tokens';

function isPriceTable(value: unknown): value is PriceTable {
  const isPrice = (price: unknown) =>
    typeof price === 'object' &&
    price !== null &&
    ['input', 'cachedInput', 'output'].every((name) => {
      const amount = (price as Record<string, unknown>)[name];
      return typeof amount === 'number' && amount >= 0;
    });
  return typeof value === 'object' && value !== null && Object.values(value).every(isPrice);
}

export function sqlitePathOf(config: Config): string {
  return join(config.dataFolder, 'guildhall.sqlite');
}

/** Keys cross the network in clear without TLS in front: being reachable has to be asked for. */
function refuseOpenNetwork(config: Config, problems: string[]): void {
  if (isLoopback(config.host) || config.trustProxy !== false || config.insecureOpen) return;
  problems.push(
    `HOST is ${config.host}, which others can reach. Put TLS in front and set GUILDHALL_TRUST_PROXY to its address, or set GUILDHALL_INSECURE_OPEN=true in a network that you trust.`,
  );
}

function isLoopback(host: string): boolean {
  return ['127.0.0.1', '::1', 'localhost'].includes(host) || (isIPv4(host) && host.startsWith('127.'));
}

/** Where others reach the house, its network is not the offices' to open: the operator says what they may. */
function readPrivateHosts(read: Reader, { host, trustProxy }: Config): Config['privateHosts'] {
  const isOwnMachine = isLoopback(host) && trustProxy === false;
  const set = read.pattern(
    'GUILDHALL_PRIVATE_HOSTS',
    /^(?:any|none|[\w.:[\]-]{1,250}:\d{1,5}(?:\s*,\s*[\w.:[\]-]{1,250}:\d{1,5})*)$/,
    'any, none, or a list of host:port with commas between',
  );
  if (set === undefined) return isOwnMachine ? 'any' : [];
  if (set === 'any') return 'any';
  return set === 'none' ? [] : set.split(',').map((place) => place.trim().toLowerCase());
}
