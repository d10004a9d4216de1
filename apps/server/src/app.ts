import { existsSync, mkdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CredentialPool,
  type Driver,
  type ModelCredential,
  type ModelProvider,
  ModelSource,
  modelDriver,
  openSandbox,
  ResourceGroups,
  reflexDriver,
  type Sandbox,
  Workspace,
} from '@guildhall/agent';
import type { Db } from '@guildhall/cortex';
import { type Clock, errors, newId, systemClock } from '@guildhall/kernel';
import { DiskBlobStore, type Engine, lockDataFolder, migrate, openEngine } from '@guildhall/storage';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Config, sqlitePathOf } from './config.ts';
import { describeDrivers } from './describe-drivers.ts';
import { claimDialect, joinDialect, officeDialect, openOfficeDoor } from './dialects/office/index.ts';
import { openOpsDoor, opsDialect } from './dialects/ops/index.ts';
import type { DialectParts } from './dialects/parts.ts';
import { openSpawnDoor, spawnDialect } from './dialects/spawn/index.ts';
import { openWebDoor, webDialect } from './dialects/web/index.ts';
import { providersIn } from './domain/agents/index.ts';
import {
  type Commit,
  type House,
  type LiveText,
  LiveTexts,
  type ModelKey,
  systemContext,
  Wake,
} from './domain/context/index.ts';
import { agentPrincipal } from './domain/identity/index.ts';
import { prepareTaskWords } from './domain/tasks/index.ts';
import { meterProcess } from './domain/usage/index.ts';
import { authenticate, type Dialect, openServer } from './http/index.ts';
import { costMicros, priceOf } from './model-settings.ts';
import { openVault } from './open-vault.ts';
import { isProgram, openPrograms, type Programs } from './programs.ts';
import { askOutsideWithin, DriveViews, McpPool, Supervisor, XmtpBridge } from './runtime/index.ts';
import { migrations, type Tables } from './schema/index.ts';

export interface App {
  http: FastifyInstance;
  house: House;
  /** Stops taking requests, ends streams and runs, closes the database. */
  close(): Promise<void>;
}

export interface AppOptions {
  config: Config;
  log: Logger;
  version: string;
  clock?: Clock;
  /** Instead of the built-in ones, by name. */
  drivers?: ReadonlyMap<string, Driver>;
}

const MCP_IDLE_MS = 300_000;
const MCP_CALL_TIMEOUT_MS = 120_000;
const MCP_START_TIMEOUT_MS = 30_000;

/** The composition root: the only file that knows every part. */
export async function openApp(options: AppOptions): Promise<App> {
  const { config, log, version } = options;
  const clock = options.clock ?? systemClock;
  makeDataFolder(config.dataFolder);
  const unlock = config.databaseUrl === undefined ? lockDataFolder(config.dataFolder) : () => {};
  const closing = new AbortController();
  try {
    const pool = new CredentialPool(config.models.credentials, () => clock.now());
    const source = openModels(config, clock, pool);
    // Neither waits for the other: a start is as long as the longer of them.
    const [sandbox, storage] = await Promise.all([openSandbox(), openStorage(config, clock)]);
    const programs = openPrograms(config, pool, sandbox);
    if (sandbox.kind === 'none') log.warn(sandbox.description);
    const house = await openHouse(config, { clock, source, sandbox, programs, ...storage });
    const http = await openServer(house, { config, log, dialectOf });
    const parts: DialectParts = {
      house,
      version,
      startedAt: clock.now(),
      closing: closing.signal,
      reauthenticate: async (request) => {
        const { principal } = request.context;
        const isSigned =
          request.headers.authorization === undefined && request.headers['x-agent-api-key'] === undefined;
        // A signature is good for one request: of what it opened, only the agent itself can be asked about again.
        if (!isSigned) await authenticate(request.context, request, config.jwtSecret);
        else if (
          principal.kind === 'agent' &&
          (await agentPrincipal(request.context, principal.agentId)) === undefined
        ) {
          throw errors.unauthorized('The agent was fired.');
        }
      },
    };
    await http.register(async (scope) => openOfficeDoor(scope, parts));
    await http.register(async (scope) => openSpawnDoor(scope, parts));
    await http.register(async (scope) => openOpsDoor(scope, parts));
    await http.register(async (scope) => openWebDoor(scope, parts));
    await http.ready();

    const drives = await DriveViews.open(join(config.dataFolder, 'drives'), house.instanceId);
    const groups = new ResourceGroups();
    const { promptTokensMax, stepsMax } = config.models;
    const builtIn = [
      reflexDriver,
      modelDriver({ source, promptTokensMax, stepsMax }),
      ...programs.drivers(house, { sandbox, drives, groups, log }),
    ];
    const drivers = options.drivers ?? new Map(builtIn.map((driver) => [driver.name, driver]));
    const mcp = new McpPool({
      idleMs: MCP_IDLE_MS,
      folder: join(config.dataFolder, 'mcp'),
      callTimeoutMs: MCP_CALL_TIMEOUT_MS,
      startTimeoutMs: MCP_START_TIMEOUT_MS,
      // Agents of an office share its servers: what those use is the office's.
      onUsage: (officeId, usage) => {
        meterProcess(systemContext(house, 'mcp'), { office_id: officeId, agent_id: '' }, usage).catch(
          (error: unknown) => log.error({ err: error, office: officeId }, 'a server of an office is not metered'),
        );
      },
    });
    const supervisor = new Supervisor(house, {
      drivers,
      tools: {
        workspacesFolder: join(config.dataFolder, 'workspaces'),
        sandbox,
        chromiumPath: config.chromiumPath,
        mcp: { servers: mcp, table: config.mcp },
        drives,
        groups,
        log,
      },
      concurrency: config.runConcurrency,
      leaseMs: config.runLeaseMs,
      workMs: config.runWorkMs,
      log,
    });
    await supervisor.start();
    const bridge =
      config.xmtp === undefined
        ? undefined
        : new XmtpBridge(house, {
            ...config.xmtp,
            dataFolder: config.dataFolder,
            leaseMs: ACCOUNT_LEASES * config.runLeaseMs,
            log,
          });
    await bridge?.start();
    return { http, house, close: () => closeAll({ http, house, supervisor, bridge, mcp, drives, closing, unlock }) };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Step by step: on some file systems a recursive mkdir never returns. Throws with what stands in the way. */
function makeDataFolder(path: string): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return;
    throw new Error(`The data folder ${path} is a file. Choose another with GUILDHALL_DATA.`);
  }
  makeDataFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    throw new Error(
      `The data folder ${path} cannot be made. Mend the rights of the folder above, or choose another with GUILDHALL_DATA.`,
      { cause },
    );
  }
}

function openModels(config: Config, clock: Clock, pool: CredentialPool): ModelSource {
  const { models } = config;
  const now = () => clock.now();
  return new ModelSource({
    ...models,
    pool,
    now,
    pause: (ms, signal) => delay(ms, undefined, { signal }),
  });
}

/** An account changes hands at a higher price than a run: the network is asked anew. */
const ACCOUNT_LEASES = 2;

interface Storage {
  blobs: DiskBlobStore;
  engine: Engine<Tables>;
}

/** Blobs and database, brought up to date. */
async function openStorage(config: Config, clock: Clock): Promise<Storage> {
  const blobs = new DiskBlobStore(join(config.dataFolder, 'blobs'));
  await blobs.open(clock.now());
  const engine = await openEngine<Tables>({
    databaseUrl: config.databaseUrl,
    sqlitePath: sqlitePathOf(config),
    sync: config.sqliteSync,
    poolSize: config.databasePoolSize,
  });
  await migrate(engine, migrations);
  if (engine.kind === 'postgres') {
    const { preparePgvector } = await import('@guildhall/cortex');
    await preparePgvector(engine.db as unknown as Db, engine.kind);
    await prepareTaskWords(engine);
  }
  return { blobs, engine };
}

interface HouseParts extends Storage {
  clock: Clock;
  source: ModelSource;
  sandbox: Sandbox;
  programs: Programs;
}

async function openHouse(
  config: Config,
  { clock, source, sandbox, programs, blobs, engine }: HouseParts,
): Promise<House> {
  const wake = new Wake();
  const live = new LiveTexts();
  const instanceId = newId();
  await engine.listen((payload) => {
    // An empty payload follows a lost connection: anything may have happened meanwhile.
    const told: (Commit & { from?: string }) | { from: string; live: LiveText } =
      payload === '' ? { streams: [], runs: true, stops: true } : JSON.parse(payload);
    if (told.from === instanceId) return;
    if ('live' in told) live.ring(told.live);
    else wake.ring(told);
  });
  if (engine.kind === 'postgres') {
    // A piece that does not get through is missed by nobody for long: the message itself is in the log.
    live.shareWith((piece) =>
      engine.notify(engine.db, JSON.stringify({ from: instanceId, live: piece })).catch(() => {}),
    );
  }
  const credentialOf = ({ id, provider, secret }: ModelKey): ModelCredential => ({
    id,
    provider: provider as ModelProvider,
    secret,
    baseUrl: config.models.addresses[provider as ModelProvider],
  });
  return {
    instanceId,
    engine,
    clock,
    blobs,
    wake,
    live,
    limits: {
      hiresPerWindow: config.hiresPerWindow,
      hireWindowMs: config.hireWindowMs,
      agentDailyCapCents: config.agentDailyCapCents,
      officeGrantCents: config.officeGrantCents,
      taskAttemptsMax: 5,
      taskRejectionsMax: 3,
      evidenceRefusalsMax: 5,
      taskLeaseMs: config.taskLeaseMs,
      runAttemptsMax: 10,
      fileSizeBytesMax: config.fileBytesMax,
      driveBytesMax: config.driveBytesMax,
      trashRetentionMs: config.trashRetentionMs,
      eventRetentionMs: config.eventRetentionMs,
      approvalTtlMs: config.approvalTtlMs,
    },
    priceCents: (driver, causeKind) => {
      if (driver !== 'reflex') return 0;
      return causeKind === 'message' ? config.reflexMessagePriceCents : config.reflexTaskPriceCents;
    },
    modelPriceMicros: (model, usage) => costMicros(priceOf(model, config.models.prices), usage),
    ...(await openMemoryModels(config)),
    vault: openVault(config),
    privateHosts: config.privateHosts,
    channels: config.xmtp === undefined ? [] : ['xmtp'],
    sandbox: { kind: sandbox.kind, description: sandbox.description },
    pingModel: ({ keys, ...agent }, reserve, signal) =>
      source.ping({ ...agent, credentials: keys.map(credentialOf) }, reserve, signal),
    askOutside: askOutsideWithin(config.privateHosts),
    providerModels: (keys) => source.listModels(keys.map(credentialOf)),
    modelAddress: (provider) => config.models.addresses[provider as ModelProvider],
    openWorkspace: async (agentId) => {
      const workspace = new Workspace(join(config.dataFolder, 'workspaces', agentId));
      await workspace.open();
      return workspace;
    },
    removeAgentFolders: async (agentId) => {
      await rm(join(config.dataFolder, 'workspaces', agentId), { recursive: true, force: true });
      for (const end of ['', '-wal', '-shm', '.sqlcipher_salt'])
        await rm(join(config.dataFolder, 'xmtp', `${agentId}.db3${end}`), { force: true });
    },
    drivers: (keys) => describeDrivers(config, source.credentials(keys.map(credentialOf)), programs),
    driverOf: ({ driver, model_tier, model_provider, office_providers }) => {
      const own = providersIn({ office_providers });
      if (isProgram(driver) ? programs.isReady(driver, own) : driver !== 'auto') return driver;
      // A program that is not there is stood in for by a model, and a model by rules.
      const models = source.modelsFor({ modelTier: model_tier, modelProvider: model_provider }, own);
      return models.length > 0 ? 'model' : 'reflex';
    },
  };
}

/** What a memory may be given from outside. Most houses have nothing of it, and do not wait for the engine to be loaded. */
async function openMemoryModels({
  embedder: setting,
  reranker,
  extractor,
}: Config): Promise<Pick<House, 'embedder' | 'reranker' | 'extractor'>> {
  if (setting === undefined && reranker === undefined && extractor === undefined)
    return { embedder: undefined, reranker: undefined, extractor: undefined };
  const { httpReranker, onnxEmbedder, openAiEmbedder, openAiExtractor, QueryVectors } = await import(
    '@guildhall/cortex'
  );
  const embedder =
    setting?.kind === 'onnx'
      ? onnxEmbedder(setting.folder, setting.weight)
      : setting === undefined
        ? undefined
        : openAiEmbedder(setting);
  return {
    embedder: embedder === undefined ? undefined : { embedder, queries: new QueryVectors(embedder) },
    reranker: reranker === undefined ? undefined : httpReranker(reranker),
    extractor: extractor === undefined ? undefined : openAiExtractor(extractor),
  };
}

interface OpenParts {
  http: FastifyInstance;
  house: House;
  supervisor: Supervisor;
  bridge: XmtpBridge | undefined;
  mcp: McpPool;
  drives: DriveViews;
  closing: AbortController;
  unlock: () => void;
}

async function closeAll({ http, house, supervisor, bridge, mcp, drives, closing, unlock }: OpenParts): Promise<void> {
  closing.abort();
  await Promise.all([closeHttp(http), supervisor.stop()]);
  await bridge?.stop();
  await mcp.close();
  await drives.close();
  await house.engine.close();
  unlock();
}

const REQUESTS_WAIT_MS = 5_000;
const LOOK_FOR_IDLE_MS = 20;

/**
 * Answers what is under way, then closes. A connection whose answer ends after the closing began would else be kept for the
 * client's next request: each is closed as it falls idle, and those that do not are cut off in the end.
 */
async function closeHttp(http: FastifyInstance): Promise<void> {
  const idle = setInterval(() => http.server.closeIdleConnections(), LOOK_FOR_IDLE_MS);
  const late = setTimeout(() => http.server.closeAllConnections(), REQUESTS_WAIT_MS);
  try {
    await http.close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}

const SPAWN =
  /^\/(?:api\/v1\/(?:plans|spawn|status|tokens|servers|chat|docs|spec-kit)(?:[/?]|$)|\.well-known\/agent-card|SKILL\.md|skill(?:[/?]|$))/;
const OFFICE =
  /^\/api\/(?:v1\/(?:offices|house|me|marketplace|openapi\.json)(?:[/?]|$)|offices(?:[/?]|$)|agents\/(?:join|heartbeat|self|clone)(?:[/?]|$)|dashboard\/stream(?:[/?]|$))/;

/** Which API an address belongs to, served or not. */
function dialectOf(url: string): Dialect {
  if (/^\/api\/agents\/join\/?(?:\?|$)/.test(url)) return joinDialect;
  if (/^\/auth\/claim\/?(?:\?|$)/.test(url)) return claimDialect;
  if (OFFICE.test(url)) return officeDialect;
  if (SPAWN.test(url)) return spawnDialect;
  return url.startsWith('/api/') ? opsDialect : webDialect;
}
