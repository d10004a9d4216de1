import type { Embedder, Extractor, QueryVectors, Reranker } from '@guildhall/cortex';
import type { Clock, JsonObject, Vault } from '@guildhall/kernel';
import type { BlobStore, Engine } from '@guildhall/storage';
import type { Kysely } from 'kysely';
import type { Tables } from '../../schema/index.ts';
import type { Principal } from '../access/index.ts';
import type { EventDraft } from './event-draft.ts';
import type { LiveTexts } from './live-text.ts';
import type { Wake } from './wake.ts';

/** Numbers that the operator may set; defaults stand in `config.ts`. */
export interface Limits {
  hiresPerWindow: number;
  hireWindowMs: number;
  agentDailyCapCents: number;
  officeGrantCents: number;
  taskAttemptsMax: number;
  taskRejectionsMax: number;
  evidenceRefusalsMax: number;
  taskLeaseMs: number;
  runAttemptsMax: number;
  fileSizeBytesMax: number;
  /** Of one drive, with all versions. */
  driveBytesMax: number;
  /** What was deleted is gone for good after so long. */
  trashRetentionMs: number;
  eventRetentionMs: number;
  approvalTtlMs: number;
}

/** A model that a provider lists. */
export interface ProviderModel {
  provider: string;
  modelId: string;
  name: string;
  /** False when the provider could not be asked: then it is what the house knows by itself. */
  isListed: boolean;
}

export interface TokenUsage {
  inputTokens: number;
  /** Of the input tokens, those that the provider had kept. */
  cachedInputTokens: number;
  outputTokens: number;
}

/** An office's own way into a provider of models. */
export interface ModelKey {
  /** Names it in events; never the secret. */
  id: string;
  provider: string;
  secret: string;
}

export interface DriverStatus {
  name: string;
  isAvailable: boolean;
  description: string;
  version?: string;
  /** What it lacks, and how to get it. */
  missing?: string;
  credentials: { id: string; provider: string; restsUntilAt: number | null }[];
}

/** The parts that live as long as the process. */
/** Nothing outside of it can be named. */
export interface AgentFolder {
  has(name: string): Promise<boolean>;
  read(path: string): Promise<string>;
  write(path: string, content: string | Uint8Array): Promise<unknown>;
}

/** What a service of others answered. */
export interface OutsideAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  isTruncated: boolean;
}

export interface House {
  /** This process among those that share a database. */
  instanceId: string;
  engine: Engine<Tables>;
  clock: Clock;
  blobs: BlobStore;
  wake: Wake;
  live: LiveTexts;
  limits: Limits;
  /** What one run of a driver costs, in cents of a credit, beside what its model calls cost. */
  priceCents(driver: string, causeKind: string): number;
  /** What tokens of a model (`provider:model`) cost, in millionths of a credit. */
  modelPriceMicros(model: string, usage: TokenUsage): number;
  /** What makes vectors for the memory, beside the built-in embedder; undefined when none is configured. */
  embedder: { embedder: Embedder; queries: QueryVectors } | undefined;
  /** A model that puts the memory's hits into a better order; undefined unless one is configured. */
  reranker: Reranker | undefined;
  /** A model that reads what comes into a memory, for offices that choose so; undefined unless one is configured. */
  extractor: Extractor | undefined;
  /** Seals what must be kept and read again. */
  vault: Vault;
  /** `host:port` outside the public internet that the operator lets offices open to their agents. */
  privateHosts: 'any' | readonly string[];
  /** The networks outside of the house that the operator has put it on: `xmtp`. */
  channels: readonly string[];
  /** What holds the commands of agents on this machine. */
  sandbox: { kind: 'bubblewrap' | 'none'; description: string };
  /**
   * One short answer of the model that such an agent would be answered by, with the office's own keys first. `reserve` hears what
   * it may cost before it is asked, and may throw.
   */
  pingModel(
    agent: { modelTier: string; modelProvider: string; keys: readonly ModelKey[] },
    reserve: (model: string, usage: TokenUsage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<{ model: string; latencyMs: number; usage?: TokenUsage; error?: string }>;
  /**
   * One request to a service of others, where an office with these settings may reach it. Redirects are handed back, a body over
   * 2 MB is cut. Throws what is worded for people.
   */
  askOutside(
    url: URL,
    request: { method: string; headers: Record<string, string>; body?: string | undefined },
    settings: JsonObject,
    signal: AbortSignal,
  ): Promise<OutsideAnswer>;
  /** The models of the providers that this house, or the office with these keys, has credentials of. */
  providerModels(keys: readonly ModelKey[]): Promise<ProviderModel[]>;
  /** Where the operator says that a provider is asked; undefined for the provider's own address. */
  modelAddress(provider: string): string | undefined;
  /** The folder that an agent has to itself, made when it is new. */
  openWorkspace(agentId: string): Promise<AgentFolder>;
  /** Takes away what lies on this disk of an agent that is gone for good. */
  removeAgentFolders(agentId: string): Promise<void>;
  /** What can think for an agent in this house, in an office with these keys. */
  drivers(keys: readonly ModelKey[]): DriverStatus[];
  /** Which driver an agent's next run is for: a model only when a credential fits it. */
  driverOf(agent: { driver: string; model_tier: string; model_provider: string; office_providers: string }): string;
}

/** What every domain function takes first: who asks, through which database handle, under which request. */
export interface Context {
  readonly house: House;
  readonly db: Kysely<Tables>;
  readonly principal: Principal;
  readonly requestId: string;
  /** Present inside a transaction: what will be written with it. */
  readonly pending?: Pending;
}

export interface Pending {
  events: EventDraft[];
  runsQueued: boolean;
  /** Runs were taken from their workers, who are to be told. */
  runsStopped: boolean;
  /** Streams that were written before the end, by `recordNow`. */
  streams: string[];
}

/** A context for what the house does by itself: first start, supervisor, maintenance. */
export function systemContext(house: House, requestId: string): Context {
  return { house, db: house.engine.db, principal: { kind: 'system' }, requestId };
}

/** The house, in the transaction that the caller stands in if it does: a second one would wait for the first for ever. */
export function systemWithin(context: Context): Context {
  const house = systemContext(context.house, context.requestId);
  return context.pending === undefined ? house : { ...house, db: context.db, pending: context.pending };
}
