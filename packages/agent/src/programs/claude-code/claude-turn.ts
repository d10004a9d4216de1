import type { Turn, TurnHost, TurnOutcome } from '../../driver.ts';
import type { ModelStep } from '../../journal.ts';
import type { CredentialPool, ModelCredential } from '../../model/credential-pool.ts';
import { endOfTurn } from '../../model/end-of-turn.ts';
import { ModelFailure } from '../../model/model-failure.ts';
import { type ModelRef, modelName, resolveModels, type TierTable } from '../../model/model-ref.ts';
import { causePrompt, systemPrompt } from '../../model/prompt.ts';
import { estimateTokens } from '../../model/transcript.ts';
import { TurnFailure } from '../../turn-failure.ts';
import { isHouseCall } from '../call-book.ts';
import { toolsBesideItsOwn } from '../house-mcp.ts';
import { type CutOffCall, resumePrompt, retoldPrompt } from '../openings.ts';
import type { ProgramHost } from '../program-host.ts';
import { TurnCalls } from '../turn-calls.ts';
import { withCredential } from '../with-credential.ts';
import { claudeCommand, isTooLongForArgument } from './claude-command.ts';
import { ClaudeSession, SessionLost } from './claude-session.ts';
import { NAMING } from './house-tools.ts';
import { ModelTill } from './model-till.ts';

export interface ClaudeCodeOptions {
  programs: ProgramHost;
  /** Absolute path; undefined when it was not found. */
  path: string | undefined;
  /** Its `anthropic` credentials are used. */
  pool: CredentialPool;
  tiers: TierTable;
  /** The tier of an agent that was hired without one. */
  tierDefault: string;
  /** Model calls (assistant messages) in one run. */
  stepsMax: number;
  /** No line for so long ends the turn. */
  silenceMs: number;
  /** The clock; the machine's when absent. */
  now?: () => number;
}

const OUTPUT_TOKENS_MAX = 8_000;
/** What the program's own instructions and tools weigh in each call, about. */
const PROGRAM_TOKENS = 16_000;

const TOO_MUCH = new TurnFailure(
  'driver_failed',
  'The agent’s commands asked the model themselves, beside the conversation that the house pays for.',
);

/** One turn with Claude Code: as many starts of the program as credentials and lost sessions ask for. */
export class ClaudeTurn {
  readonly #turn: Turn;
  readonly #host: TurnHost;
  readonly #options: ClaudeCodeOptions;
  readonly #calls: TurnCalls;

  constructor(turn: Turn, host: TurnHost, options: ClaudeCodeOptions) {
    this.#turn = turn;
    this.#host = host;
    this.#options = options;
    this.#calls = new TurnCalls(host.toolBox);
  }

  async run(): Promise<TurnOutcome> {
    const { path, pool, now = Date.now } = this.#options;
    if (path === undefined)
      throw new TurnFailure(
        'driver_failed',
        'Claude Code is not installed on this machine: npm install -g @anthropic-ai/claude-code (2.x), then restart the house.',
      );
    const outcome = await this.#outcomeOfLastStep();
    if (outcome !== undefined) return outcome;
    const hooks = new ModelTill(this.#host.journal);
    const use = {
      programs: this.#options.programs,
      pool,
      provider: 'anthropic',
      host: this.#host,
      now,
      hooks,
    } as const;
    return withCredential(use, async (credential) => {
      try {
        return await this.#start(path, credential, this.#host.journal.session);
      } catch (error) {
        if (hooks.hasStopped && error instanceof ModelFailure && error.kind === 'rate_limited') throw TOO_MUCH;
        if (!(error instanceof SessionLost)) throw error;
        return await this.#start(path, credential, undefined);
      }
    });
  }

  /** A run may have been taken away between its end and the note of it: then there is nothing left to ask. */
  async #outcomeOfLastStep(): Promise<TurnOutcome | undefined> {
    const step = this.#host.journal.steps.at(-1);
    if (step === undefined) return undefined;
    const settled = await this.#settle([step]);
    const answers = settled.map(
      ({ answer }) => answer ?? { status: 'refused' as const, code: 'unknown', message: 'not answered' },
    );
    return endOfTurn(this.#turn.cause, step, answers);
  }

  async #start(path: string, credential: ModelCredential, session: string | undefined): Promise<TurnOutcome> {
    const { signal, journal, toolBox } = this.#host;
    signal.throwIfAborted();
    const model = this.#model();
    const instructions = `${systemPrompt(this.#turn)}\n\n${NAMING}`;
    // Before its first answer a session holds nothing to go on from.
    const resumed = journal.steps.length === 0 ? undefined : session;
    const opening = await this.#opening(resumed);
    const weight =
      estimateTokens(instructions + opening + JSON.stringify(toolsBesideItsOwn(toolBox).specs)) + PROGRAM_TOKENS;
    const before = journal.steps.at(-1)?.usage;
    await this.#reserve(model, weight + (before === undefined ? 0 : before.inputTokens + before.outputTokens));
    const program = await this.#options.programs.start(
      this.#turn.agent.id,
      claudeCommand({ path, model: model.model, instructions, session: resumed, credential }),
      signal,
    );
    return new ClaudeSession({
      program,
      turn: this.#turn,
      host: this.#host,
      calls: this.#calls,
      model: modelName(model),
      secret: credential.secret,
      stepsMax: this.#options.stepsMax,
      silenceMs: this.#options.silenceMs,
      isSandboxed: this.#options.programs.isSandboxed === true,
      reserve: (inputTokens) => this.#reserve(model, Math.max(inputTokens, weight)),
    }).run(opening, isTooLongForArgument(instructions) ? instructions : undefined);
  }

  async #opening(session: string | undefined): Promise<string> {
    const { steps } = this.#host.journal;
    if (steps.length === 0) return causePrompt(this.#turn.cause);
    if (session === undefined) return retoldPrompt(this.#turn.cause, await this.#settle(steps));
    return resumePrompt(await this.#settle(steps.slice(-1)));
  }

  /** The calls of these steps with their answers. What the house was to do and did not do yet is done now, once. */
  async #settle(steps: readonly ModelStep[]): Promise<CutOffCall[]> {
    const settled: CutOffCall[] = [];
    for (const call of steps.flatMap((step) => step.toolCalls)) {
      this.#host.signal.throwIfAborted();
      settled.push({ call, answer: isHouseCall(call) ? await this.#calls.call(call) : undefined });
    }
    return settled;
  }

  #reserve(model: ModelRef, inputTokens: number): Promise<void> {
    return this.#host.journal.reserve({ model: modelName(model), inputTokens, outputTokensMax: OUTPUT_TOKENS_MAX });
  }

  #model(): ModelRef {
    const { modelTier } = this.#turn.agent;
    const tier = modelTier === 'none' ? this.#options.tierDefault : modelTier;
    const [model] = resolveModels({ tier, provider: 'anthropic' }, ['anthropic'], this.#options.tiers);
    if (model === undefined)
      throw new TurnFailure(
        'model_unavailable',
        `Claude Code has no model "${tier}": it answers with Anthropic's only.`,
      );
    return model;
  }
}
