import { randomUUID } from 'node:crypto';
import type { Turn, TurnHost, TurnOutcome } from '../../driver.ts';
import type { CredentialPool, ModelCredential } from '../../model/credential-pool.ts';
import { reminderFor } from '../../model/end-of-turn.ts';
import { type ModelProvider, type ModelRef, resolveModels, type TierTable } from '../../model/model-ref.ts';
import { causePrompt, systemPrompt } from '../../model/prompt.ts';
import { TurnFailure } from '../../turn-failure.ts';
import { isHouseCall } from '../call-book.ts';
import type { GatewayHooks } from '../gateway-hooks.ts';
import { lendCredential } from '../model-gateway.ts';
import { type CutOffCall, resumePrompt } from '../openings.ts';
import type { ProgramHost } from '../program-host.ts';
import { TurnCalls } from '../turn-calls.ts';
import { withCredential } from '../with-credential.ts';
import { endInstructions, fencedEnd } from './fenced-end.ts';
import { ModelMeter } from './model-meter.ts';
import { isUsable, MESSAGE_BYTES_MAX } from './openclaw-command.ts';
import { OpenClawRun } from './openclaw-run.ts';
import { NAMING } from './openclaw-tools.ts';
import { outcomeOf } from './outcome-of.ts';

export interface OpenClawOptions {
  programs: ProgramHost;
  /** Absolute path; undefined when it was not found. */
  path: string | undefined;
  /** API keys of `anthropic`, `openai` and `openrouter` are used. */
  pool: CredentialPool;
  tiers: TierTable;
  /** The tier of an agent that was hired without one. */
  tierDefault: string;
  /** Its own name of the agent; `main` when absent. */
  agent?: string;
  /** Model calls in one run. */
  stepsMax: number;
  /** The longest that one run of the program may take: it says nothing until its end. */
  totalMs: number;
  /** The clock; the machine's when absent. */
  now?: () => number;
}

const REMINDERS_MAX = 2;
const PROVIDERS: readonly ModelProvider[] = ['anthropic', 'openai', 'openrouter'];

/** One turn with OpenClaw: a run of the program, and another in the same session when it stops without an end. */
export class OpenClawTurn {
  readonly #turn: Turn;
  readonly #host: TurnHost;
  readonly #options: OpenClawOptions;
  readonly #calls: TurnCalls;
  #reminders = 0;

  constructor(turn: Turn, host: TurnHost, options: OpenClawOptions) {
    this.#turn = turn;
    this.#host = host;
    this.#options = options;
    this.#calls = new TurnCalls(host.toolBox);
  }

  async run(): Promise<TurnOutcome> {
    const { path, pool, stepsMax, now = Date.now } = this.#options;
    if (path === undefined)
      throw new TurnFailure(
        'driver_failed',
        'OpenClaw is not installed on this machine: npm install -g openclaw, then restart the house.',
      );
    const model = this.#model();
    const { provider } = model;
    const settled = await this.#settle();
    const reached = this.#endBy(settled);
    if (reached !== undefined) return reached;
    let message = await this.#opening(settled);
    const host = this.#host;
    const meter = new ModelMeter({ host, cause: this.#turn.cause, provider, stepsMax });
    const use = { programs: this.#lender(), pool, provider, host, now, hooks: meter };
    for (;;) {
      const text = message;
      const end = await withCredential(use, (credential) => this.#ask({ path, model, credential, meter }, text));
      const next = typeof end === 'string' ? await this.#act(end, meter) : end;
      if (typeof next !== 'string') return next;
      message = next;
    }
  }

  /** The calls that the program ended in, with their answers. What the house was to do and did not do yet is done now, once. */
  async #settle(): Promise<CutOffCall[]> {
    const settled: CutOffCall[] = [];
    for (const call of this.#host.journal.steps.at(-1)?.toolCalls ?? []) {
      this.#host.signal.throwIfAborted();
      settled.push({ call, answer: isHouseCall(call) ? await this.#calls.call(call) : undefined });
    }
    return settled;
  }

  /** A run may have been taken away between its end and the note of it: then there is nothing left to ask. */
  #endBy(settled: readonly CutOffCall[]): TurnOutcome | undefined {
    const answered = settled.flatMap(({ call, answer }) => (answer === undefined ? [] : [{ call, answer }]));
    return outcomeOf(this.#turn.cause, '', answered);
  }

  /** The session is noted before the program is started: whatever happens, the next attempt goes on in it. */
  async #opening(settled: readonly CutOffCall[]): Promise<string> {
    const { journal } = this.#host;
    const isNew = journal.session === undefined;
    if (isNew) {
      const data = { session_id: randomUUID(), driver: 'openclaw' };
      await journal.note({ type: 'program.session', data });
    }
    const { cause } = this.#turn;
    const whole = [systemPrompt(this.#turn), NAMING, endInstructions(cause), causePrompt(cause)].join('\n\n');
    // It may have been ended before it kept anything: what is asked is told again.
    return isNew ? whole : `${whole}\n\n${resumePrompt(settled)}`;
  }

  async #ask(
    {
      path,
      model,
      credential,
      meter,
    }: { path: string; model: ModelRef; credential: ModelCredential; meter: ModelMeter },
    message: string,
  ): Promise<TurnOutcome | string> {
    if (!isUsable(credential))
      throw new TurnFailure(
        'model_unavailable',
        'OpenClaw takes API keys only, and of Anthropic, OpenAI and OpenRouter.',
      );
    if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX)
      throw new TurnFailure('context_overflow', 'What is asked is longer than OpenClaw takes at once.');
    const { programs, agent = 'main', totalMs } = this.#options;
    const session = this.#host.journal.session ?? '';
    const command = { path, agent, model, session, message, timeoutMs: totalMs, credential };
    const [turn, host, calls] = [this.#turn, this.#host, this.#calls];
    return new OpenClawRun({ programs, turn, host, calls, meter, command }).run();
  }

  /** The outcome when the program's last text is one, or stands for the call of one; otherwise what the agent is told next. */
  async #act(text: string, meter: ModelMeter): Promise<TurnOutcome | string> {
    const { cause } = this.#turn;
    this.#host.say(text);
    const end = fencedEnd(cause, text);
    const call = end && (await meter.take(end.name, end.input));
    const answer = call && (await this.#calls.call(call));
    const answered = call === undefined || answer === undefined ? [] : [{ call, answer }];
    const outcome = outcomeOf(cause, text, answered);
    if (outcome !== undefined) return outcome;
    this.#reminders += 1;
    if (this.#reminders > REMINDERS_MAX) throw new TurnFailure('no_result', 'The program stopped without a result.');
    if (answer?.status === 'refused')
      return `The house did not take that: ${answer.message}\n\n${endInstructions(cause)}`;
    return cause.kind === 'message' ? reminderFor(cause) : `${reminderFor(cause)} ${endInstructions(cause)}`;
  }

  /** What is not lent could not be counted: a host that lends nothing has it lent here. */
  #lender(): Required<Pick<ProgramHost, 'lend'>> {
    const { programs } = this.#options;
    const lend = (credential: ModelCredential, hooks?: GatewayHooks) =>
      programs.lend?.(credential, hooks) ?? lendCredential(credential, hooks);
    return { lend };
  }

  #model(): ModelRef {
    const { modelTier, modelProvider } = this.#turn.agent;
    const { pool, tiers, tierDefault } = this.#options;
    const ready = pool.providers.filter((provider) => PROVIDERS.includes(provider));
    const tier = modelTier === 'none' ? tierDefault : modelTier;
    const [model] = resolveModels({ tier, provider: modelProvider }, ready, tiers);
    if (model === undefined)
      throw new TurnFailure('model_unavailable', 'No API key fits the model that the agent was hired with.');
    return model;
  }
}
