import { randomUUID } from 'node:crypto';
import { canonicalJson, type JsonObject, sha256Hex } from '@guildhall/kernel';
import type { TurnCause, TurnHost } from '../../driver.ts';
import type { JournalToolCall } from '../../journal.ts';
import { type ModelProvider, modelName } from '../../model/model-ref.ts';
import { TurnFailure } from '../../turn-failure.ts';
import { CallBook, isHouseCall, isSame } from '../call-book.ts';
import type { AnsweredCall, AskedCall, GatewayHooks } from '../gateway-hooks.ts';
import { fencedEnd } from './fenced-end.ts';
import { openClawNaming } from './openclaw-tools.ts';

/** Whose model calls are counted. */
export interface ModelMeterOptions {
  host: TurnHost;
  cause: TurnCause;
  provider: ModelProvider;
  /** Model calls in one run. */
  stepsMax: number;
}

/** Who has to know what the program asks. */
export interface ModelMeterListener {
  /** The program asks the model again: throws when it shall not. */
  asks(): void;
  /** A call is not paid for, or could not be kept: the turn ends with this. */
  failed(error: unknown): void;
}

const FENCED = 'o';
const UNSEEN = 'u';
const HASH_CHARS = 32;

/**
 * Every call of the model that a program makes through the gateway: paid for before, in the journal after, with the calls of
 * tools that stand in its answer. Which of those a request to the house's server is, is known from here.
 */
export class ModelMeter implements GatewayHooks {
  readonly #options: ModelMeterOptions;
  readonly #book: CallBook;
  /** Asked, and not yet in the journal. */
  readonly #running = new Set<AskedCall>();
  /** The house's calls in the journal that the program has not asked for yet. */
  readonly #open: JournalToolCall[] = [];
  /** How often the program asked for something that no message of the model calls. */
  readonly #unseen = new Map<string, number>();
  #keeping: Promise<void> = Promise.resolve();
  #kept = Promise.withResolvers<void>();
  listener: ModelMeterListener | undefined;

  constructor(options: ModelMeterOptions) {
    const { journal, toolBox } = options.host;
    this.#options = options;
    this.#book = new CallBook(journal.steps, (name) => toolBox.isReadOnly(name), openClawNaming);
  }

  /** Whether the model has called tools of the house that the program has not asked for yet. */
  get hasOpenCalls(): boolean {
    return this.#open.length > 0;
  }

  async before(asked: AskedCall): Promise<void> {
    this.#running.add(asked);
    try {
      this.listener?.asks();
      await this.#reserve(asked.model);
    } catch (error) {
      this.#leave(asked);
      this.listener?.failed(error);
      throw error;
    }
  }

  async after(answered: AnsweredCall, asked: AskedCall): Promise<void> {
    this.#keeping = this.#keeping.then(() => this.#keep(answered));
    try {
      await this.#keeping;
    } catch (error) {
      this.listener?.failed(error);
      throw error;
    } finally {
      this.#leave(asked);
    }
  }

  unanswered(asked: AskedCall): void {
    this.#leave(asked);
  }

  /**
   * Which call of the journal the program asks for; it comes there when the answer that it stands in is over. What no answer
   * calls has an id that says the same when the run is gone on with and the program asks again.
   */
  async take(name: string, input: JsonObject): Promise<JournalToolCall> {
    for (;;) {
      const at = this.#open.findIndex((call) => call.name === name && isSame(call.input, input));
      const [call] = at === -1 ? [] : this.#open.splice(at, 1);
      if (call !== undefined) return call;
      if (this.#running.size === 0) return this.#unseenCall(name, input);
      await this.#kept.promise;
    }
  }

  #unseenCall(name: string, input: JsonObject): JournalToolCall {
    const hash = sha256Hex(`${name}\0${canonicalJson(input)}`).slice(0, HASH_CHARS);
    const times = (this.#unseen.get(hash) ?? 0) + 1;
    this.#unseen.set(hash, times);
    // A repeated look is a new look.
    const isLook = this.#options.host.toolBox.isReadOnly(name);
    return { callId: `${UNSEEN}${hash}_${isLook ? randomUUID() : times}`, name, input };
  }

  /** The reservation of a run is one: it holds what all that is asked at once may cost. */
  async #reserve(model: string): Promise<void> {
    const { host, provider, stepsMax } = this.#options;
    const { steps, freshFrom = 0, reserve } = host.journal;
    if (steps.length - freshFrom + this.#running.size > stepsMax)
      throw new TurnFailure('step_limit', `The agent did not come to an end within ${stepsMax} steps.`);
    let inputTokens = 0;
    let outputTokensMax = 0;
    for (const asked of this.#running) {
      inputTokens += asked.inputTokens;
      outputTokensMax += asked.outputTokensMax;
    }
    await reserve({ model: modelName({ provider, model }), inputTokens, outputTokensMax });
  }

  async #keep({ model, usage, text, uses, durationMs }: AnsweredCall): Promise<void> {
    const { host, provider, cause } = this.#options;
    const number = host.journal.steps.length + 1;
    const end = uses.length === 0 ? fencedEnd(cause, text) : undefined;
    const toolCalls = end === undefined ? this.#book.enter(number, uses) : [{ callId: `${FENCED}${number}_1`, ...end }];
    const name = modelName({ provider, model });
    await host.journal.append({ kind: 'answer', model: name, text, toolCalls, usage, durationMs });
    // What an earlier answer called and the program did not ask for, it will not ask for any more.
    if (toolCalls.length > 0) this.#open.splice(0, this.#open.length, ...toolCalls.filter(isHouseCall));
  }

  #leave(asked: AskedCall): void {
    this.#running.delete(asked);
    this.#kept.resolve();
    this.#kept = Promise.withResolvers<void>();
  }
}
