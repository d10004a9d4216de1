import type { ToolAnswer } from '../dispatch/tool.ts';
import type { Driver, Turn, TurnHost, TurnOutcome } from '../driver.ts';
import type { ModelStep } from '../journal.ts';
import { TurnFailure } from '../turn-failure.ts';
import { compactionPrompt, isTooLong } from './compaction.ts';
import { endingTools, endOfTurn, reminderFor } from './end-of-turn.ts';
import { ModelFailure } from './model-failure.ts';
import type { ModelSource } from './model-source.ts';
import { type Exchange, promptOf } from './transcript.ts';

export interface ModelDriverOptions {
  source: ModelSource;
  /** Model calls in one run. */
  stepsMax: number;
  /** What a prompt may hold before it is summarised. */
  promptTokensMax: number;
}

const REMINDERS_MAX = 2;
/** Whoever reads an answer that is not whole is to know. */
const CUT_OFF = '[The answer was cut off at its longest length.]';

/**
 * An agent that is a language model. It asks the model, lets the dispatcher do what the model calls, tells the model what came
 * of it, until the turn has its end. Every answer is in the journal before anything is done about it, so a run that was
 * taken over goes on where it was: answers are not asked for again, calls that were made are not made again.
 */
export function modelDriver(options: ModelDriverOptions): Driver {
  return {
    name: 'model',
    run: (turn, host) => new ModelTurn(turn, host, options).run(),
  };
}

class ModelTurn {
  readonly #turn: Turn;
  readonly #host: TurnHost;
  readonly #options: ModelDriverOptions;
  readonly #exchanges: Exchange[] = [];
  #reminders = 0;
  /** Why the house did not take the end that the model last wanted. */
  #lastRefusal = '';

  constructor(turn: Turn, host: TurnHost, options: ModelDriverOptions) {
    this.#turn = turn;
    this.#host = host;
    this.#options = options;
  }

  async run(): Promise<TurnOutcome> {
    const { steps, freshFrom = 0 } = this.#host.journal;
    for (const [index, step] of [...steps].entries()) {
      const outcome = await this.#act(step, index < freshFrom);
      if (outcome !== undefined) return outcome;
    }
    while (this.#exchanges.length - freshFrom < this.#options.stepsMax) {
      this.#host.signal.throwIfAborted();
      const step = await this.#ask();
      const outcome = await this.#act(step, false);
      if (outcome !== undefined) return outcome;
    }
    throw new TurnFailure('step_limit', `The agent did not come to an end within ${this.#options.stepsMax} steps.`);
  }

  /** The model's next answer, in the journal. */
  async #ask(): Promise<ModelStep> {
    const { promptTokensMax } = this.#options;
    const prompt = promptOf(this.#turn, this.#exchanges);
    if (isTooLong(prompt, promptTokensMax)) return this.#compact();
    try {
      return await this.#call('answer', prompt);
    } catch (error) {
      // The provider counts otherwise than we do: make room once, then it is a failure with a name.
      if (!(error instanceof ModelFailure && error.kind === 'context_overflow')) throw error;
      return this.#compact();
    }
  }

  async #compact(): Promise<ModelStep> {
    const last = this.#exchanges.at(-1);
    if (last === undefined || last.step.kind === 'summary')
      throw new TurnFailure('context_overflow', 'What is asked is longer than the model can take at once.');
    try {
      const prompt = compactionPrompt(this.#turn, this.#exchanges, this.#options.promptTokensMax);
      const step = await this.#call('summary', prompt);
      await this.#host.journal.note({ type: 'context.compacted', data: { exchanges: this.#exchanges.length } });
      return step;
    } catch (error) {
      if (error instanceof ModelFailure && error.kind === 'context_overflow')
        throw new TurnFailure(
          'context_overflow',
          'The agent’s work has outgrown the model and could not be summarised.',
        );
      throw error;
    }
  }

  async #call(kind: ModelStep['kind'], prompt: ReturnType<typeof promptOf>): Promise<ModelStep> {
    const { journal } = this.#host;
    const number = journal.steps.length + 1;
    const { answer, model, durationMs } = await this.#options.source.call(this.#turn.agent, {
      prompt,
      // A prompt with calls in it has to say which tools there were, also where none may be called.
      tools: this.#host.toolBox.specs,
      mayCallTools: kind === 'answer',
      host: this.#host,
      credentials: this.#turn.credentials,
      isAloud: kind === 'answer',
    });
    const step: ModelStep = {
      kind,
      model,
      text: answer.isCutOff && answer.toolCalls.length === 0 ? `${answer.text}\n${CUT_OFF}` : answer.text,
      // The model's own ids are not unique everywhere; ours are, and any provider takes them back.
      toolCalls: answer.toolCalls.map((call, index) => ({ callId: `c${number}_${index + 1}`, ...call })),
      usage: answer.usage,
      durationMs,
    };
    await journal.append(step);
    return step;
  }

  /** Does what the step asks for. Returns the outcome when the turn is over. What `isForgiven` counts against no limit. */
  async #act(step: ModelStep, isForgiven: boolean): Promise<TurnOutcome | undefined> {
    if (step.kind === 'summary') {
      this.#exchanges.push({ step, answers: [] });
      return undefined;
    }
    const answers = await this.#callTools(step);
    const outcome = endOfTurn(this.#turn.cause, step, answers);
    if (outcome !== undefined) return outcome;
    this.#noteRefusal(step, answers);
    if (step.toolCalls.length > 0) {
      this.#exchanges.push({ step, answers });
      return undefined;
    }
    if (!isForgiven) this.#reminders += 1;
    if (this.#reminders > REMINDERS_MAX)
      throw new TurnFailure('no_result', `The model stopped without a result.${this.#lastRefusal}`);
    this.#exchanges.push({ step, answers, reminder: reminderFor(this.#turn.cause) });
    return undefined;
  }

  #noteRefusal(step: ModelStep, answers: readonly ToolAnswer[]): void {
    for (const [index, { name }] of step.toolCalls.entries()) {
      const answer = answers[index];
      if (name === endingTools.done && answer?.status === 'refused')
        this.#lastRefusal = ` The house had refused: ${answer.message}`;
    }
  }

  /** Calls that only read run beside each other; as soon as one changes something, they run in the model's order. */
  async #callTools(step: ModelStep): Promise<ToolAnswer[]> {
    const { toolBox, signal } = this.#host;
    if (step.toolCalls.every(({ name }) => toolBox.isReadOnly(name)))
      return Promise.all(step.toolCalls.map((call) => toolBox.call(call)));
    const answers: ToolAnswer[] = [];
    for (const call of step.toolCalls) {
      signal.throwIfAborted();
      answers.push(await toolBox.call(call));
    }
    return answers;
  }
}
