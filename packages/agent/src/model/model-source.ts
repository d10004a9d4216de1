import type { LanguageModelV3Prompt } from '@ai-sdk/provider';
import { GuildhallError } from '@guildhall/kernel';
import type { ToolSpec } from '../dispatch/tool.ts';
import type { AgentSelf, TurnHost } from '../driver.ts';
import type { Usage } from '../journal.ts';
import { TurnFailure, TurnParked } from '../turn-failure.ts';
import { callModel, type ModelAnswer } from './call-model.ts';
import type { CredentialPool, ModelCredential } from './credential-pool.ts';
import { type ListedModel, listModels } from './list-models.ts';
import { coolsCredential, ModelFailure, toModelFailure } from './model-failure.ts';
import {
  isModelProvider,
  type ModelProvider,
  type ModelRef,
  modelName,
  resolveModels,
  type TierTable,
} from './model-ref.ts';
import { openModel } from './open-model.ts';
import { estimateTokens } from './transcript.ts';

export interface ModelSourceOptions {
  pool: CredentialPool;
  tiers: TierTable;
  /** The tier of an agent that was hired without one. */
  tierDefault: string;
  /** Tiers to go on with when the models of one do not answer. */
  fallbackTiers: readonly string[];
  outputTokensMax: number;
  silenceMs: number;
  totalMs: number;
  /** When nothing answers, not even after the fallbacks: the run waits this long. */
  unavailableMs: number;
  now: () => number;
  /** Waits between two tries of the same model; returns early when the signal is aborted. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface SourceCall {
  prompt: LanguageModelV3Prompt;
  tools: readonly ToolSpec[];
  mayCallTools: boolean;
  host: TurnHost;
  /** The office's own, taken before those of the house. */
  credentials: readonly ModelCredential[];
  /** Whether the text is for those who listen. */
  isAloud: boolean;
}

const TRIES_PER_MODEL = 3;
const PAUSE_MS = 500;

const PING: LanguageModelV3Prompt = [{ role: 'user', content: [{ type: 'text', text: 'Answer with one word: ok' }] }];
const PING_TOKENS_MAX = 16;
const PING_TIMEOUT_MS = 20_000;

const LISTED_FOR_MS = 300_000;
const LISTS_KEPT_MAX = 500;

export interface ProviderModel extends ListedModel {
  provider: ModelProvider;
  isListed: boolean;
}

export interface ModelPing {
  /** `provider:model`; empty when no credential fits. */
  model: string;
  latencyMs: number;
  usage?: Usage;
  error?: string;
}

/** Where answers come from: models with their fallbacks, credentials with their rests. */
export class ModelSource {
  readonly #options: ModelSourceOptions;
  /** By credential: who has another key may be shown other models. */
  readonly #listed = new Map<string, { models: ProviderModel[]; until: number }>();

  constructor(options: ModelSourceOptions) {
    this.#options = options;
  }

  /** What people may see of the credentials. */
  credentials(own: readonly ModelCredential[] = []): ReturnType<CredentialPool['list']> {
    return this.#options.pool.including(own).list();
  }

  /** The models that an agent would be answered by, best first, its office's own providers before others; empty when no credential fits. */
  modelsFor(agent: Pick<AgentSelf, 'modelTier' | 'modelProvider'>, own: readonly string[] = []): ModelRef[] {
    const { pool, tiers, tierDefault, fallbackTiers } = this.#options;
    const ready = [...new Set([...own.filter(isModelProvider), ...pool.providers])];
    const asked = agent.modelTier === 'none' ? tierDefault : agent.modelTier;
    const first = resolveModels({ tier: asked, provider: agent.modelProvider }, ready, tiers);
    if (first.length === 0) return [];
    const others = fallbackTiers.flatMap((tier) => resolveModels({ tier, provider: 'none' }, ready, tiers));
    const names = new Set<string>();
    return [...first, ...others].filter((ref) => {
      const name = modelName(ref);
      return names.has(name) ? false : names.add(name);
    });
  }

  /** One answer, from whoever gives it. Throws `TurnFailure` or `TurnParked` when nobody does, `ModelFailure` on overflow. */
  async call(agent: AgentSelf, call: SourceCall): Promise<{ answer: ModelAnswer; model: string; durationMs: number }> {
    const models = this.modelsFor(
      agent,
      call.credentials.map(({ provider }) => provider),
    );
    if (models.length === 0) {
      // There was one when the run was queued: it waits for it to come back, where people see that it waits.
      await call.host.journal.note({ type: 'model.failed', data: { models: '', why: 'no credential fits any more' } });
      throw new TurnParked('model_unavailable', this.#options.now() + this.#options.unavailableMs);
    }
    let last: ModelFailure | undefined;
    for (const [index, ref] of models.entries()) {
      if (index > 0 && last !== undefined) {
        const data = { from: modelName(models[index - 1] ?? ref), to: modelName(ref), why: last.kind };
        await call.host.journal.note({ type: 'model.fell_back', data });
      }
      const result = await this.#tryModel(ref, call);
      if (!(result instanceof ModelFailure)) return result;
      last = result;
    }
    if (last?.kind === 'refused') throw new TurnFailure('model_refused', last.message);
    const names = models.map(modelName).join(', ');
    await call.host.journal.note({ type: 'model.failed', data: { models: names, why: last?.message ?? 'unknown' } });
    throw new TurnParked('model_unavailable', this.#goOnAt(models, call));
  }

  /** The models of every provider with a credential: as the provider lists them, kept for some minutes; else those of the tiers. */
  async listModels(own: readonly ModelCredential[] = []): Promise<ProviderModel[]> {
    const { tiers, now } = this.#options;
    const pool = this.#options.pool.including(own);
    const lists = pool.providers.map(async (provider): Promise<ProviderModel[]> => {
      const credential = pool.take(provider);
      const kept = this.#listed.get(credential?.id ?? '');
      if (kept !== undefined && kept.until > now()) return kept.models;
      try {
        if (credential === undefined) throw new Error('every credential rests');
        const models = (await listModels(credential)).map((model) => ({ provider, ...model, isListed: true }));
        this.#keepList(credential.id, { models, until: now() + LISTED_FOR_MS });
        return models;
      } catch {
        // Said by `isListed`: what the house knows by itself is better than nothing.
        const known = Object.values(tiers).flatMap((byProvider) => byProvider[provider] ?? []);
        return [...new Set(known)].map((modelId) => ({ provider, modelId, name: modelId, isListed: false }));
      }
    });
    return (await Promise.all(lists)).flat();
  }

  /**
   * One answer of a word or two from the model that an agent would be answered by, with no second try and nobody in its place:
   * whether it answers, and how fast. `reserve` is asked for the money first, and may throw.
   */
  async ping(
    agent: Pick<AgentSelf, 'modelTier' | 'modelProvider'> & { credentials: readonly ModelCredential[] },
    reserve: (model: string, usage: Usage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<ModelPing> {
    const { now } = this.#options;
    const pool = this.#options.pool.including(agent.credentials);
    const [ref] = this.modelsFor(
      agent,
      agent.credentials.map(({ provider }) => provider),
    );
    const credential = ref === undefined ? undefined : pool.take(ref.provider);
    if (ref === undefined || credential === undefined)
      return { model: ref === undefined ? '' : modelName(ref), latencyMs: 0, error: 'No credential fits the model.' };
    const startedAt = now();
    let model = modelName(ref);
    try {
      const opened = await openModel(ref, credential);
      model = modelName({ provider: ref.provider, model: opened.modelId });
      const inputTokens = estimateTokens(JSON.stringify(PING));
      await reserve(model, { inputTokens, cachedInputTokens: 0, outputTokens: PING_TOKENS_MAX });
      const { usage } = await callModel(opened, {
        prompt: PING,
        tools: [],
        mayCallTools: false,
        outputTokensMax: PING_TOKENS_MAX,
        silenceMs: PING_TIMEOUT_MS,
        totalMs: PING_TIMEOUT_MS,
        signal,
        onText: () => {},
      });
      return { model, latencyMs: now() - startedAt, usage };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GuildhallError) throw error;
      const failure = toModelFailure(error);
      const spent = failure.spent === undefined ? {} : { usage: failure.spent };
      return { model, latencyMs: now() - startedAt, error: failure.message, ...spent };
    }
  }

  #keepList(credentialId: string, list: { models: ProviderModel[]; until: number }): void {
    if (this.#listed.size >= LISTS_KEPT_MAX) this.#listed.clear();
    this.#listed.set(credentialId, list);
  }

  /** When a credential comes back, or soon when it was not the credentials' fault. */
  #goOnAt(models: readonly ModelRef[], { credentials }: SourceCall): number {
    const soonest = this.#options.pool.including(credentials).soonest(models.map((ref) => ref.provider)) ?? 0;
    return Math.max(soonest, this.#options.now() + this.#options.unavailableMs);
  }

  async #tryModel(
    ref: ModelRef,
    call: SourceCall,
  ): Promise<{ answer: ModelAnswer; model: string; durationMs: number } | ModelFailure> {
    const { outputTokensMax, silenceMs, totalMs, now } = this.#options;
    const pool = this.#options.pool.including(call.credentials);
    let last = new ModelFailure('auth_failed', 'Every credential of the provider rests.');
    for (let attempt = 1; attempt <= TRIES_PER_MODEL; ) {
      const credential = pool.take(ref.provider);
      if (credential === undefined) return last;
      const opened = await openModel(ref, credential).catch(toModelFailure);
      const startedAt = now();
      try {
        if (opened instanceof ModelFailure) throw opened;
        const model = modelName({ provider: ref.provider, model: opened.modelId });
        await this.#reserve(model, call);
        if (call.isAloud) call.host.say('');
        const answer = await callModel(opened, {
          prompt: call.prompt,
          tools: call.tools,
          mayCallTools: call.mayCallTools,
          outputTokensMax,
          silenceMs,
          totalMs,
          signal: call.host.signal,
          onText: (text) => {
            if (call.isAloud) call.host.say(text);
          },
        });
        return { answer, model, durationMs: now() - startedAt };
      } catch (error) {
        call.host.signal.throwIfAborted();
        // Money and fences are not the model's failures.
        if (error instanceof TurnParked || error instanceof GuildhallError) throw error;
        last = toModelFailure(error);
        if (last.spent !== undefined) {
          const charged = { model: modelName(ref), usage: last.spent, why: last.kind };
          await call.host.journal.charge?.(charged);
        }
        if (last.kind === 'context_overflow') throw last;
        if (last.kind === 'refused') return last;
        if (coolsCredential.has(last.kind)) {
          await this.#cool(credential, last, call.host);
          continue;
        }
        attempt += 1;
        if (attempt <= TRIES_PER_MODEL)
          await this.#options.pause(last.retryAfterMs ?? PAUSE_MS * 2 ** attempt, call.host.signal);
      }
    }
    return last;
  }

  #reserve(model: string, { prompt, tools, host }: SourceCall): Promise<void> {
    const inputTokens = estimateTokens(JSON.stringify(prompt) + JSON.stringify(tools));
    return host.journal.reserve({ model, inputTokens, outputTokensMax: this.#options.outputTokensMax });
  }

  async #cool(credential: ModelCredential, failure: ModelFailure, host: TurnHost): Promise<void> {
    const until = this.#options.pool.rest(credential.id);
    await host.journal.note({
      type: 'credential.cooled',
      data: { credential: credential.id, provider: credential.provider, why: failure.kind, until_at: until },
    });
  }
}
