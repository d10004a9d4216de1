import { randomUUID } from 'node:crypto';
import type { ToolAnswer } from '../../dispatch/tool.ts';
import type { Turn, TurnHost, TurnOutcome } from '../../driver.ts';
import type { ModelStep } from '../../journal.ts';
import type { CredentialPool, ModelCredential } from '../../model/credential-pool.ts';
import { endOfTurn, reminderFor } from '../../model/end-of-turn.ts';
import { type ModelProvider, type ModelRef, modelName, resolveModels, type TierTable } from '../../model/model-ref.ts';
import { causePrompt, systemPrompt } from '../../model/prompt.ts';
import { estimateTokens } from '../../model/transcript.ts';
import { TurnFailure } from '../../turn-failure.ts';
import { LastWords, withoutSecrets, wordsForPeople } from '../last-words.ts';
import { resumePrompt } from '../openings.ts';
import { failureOf } from '../program-failure.ts';
import type { ProgramHost, RunningProgram } from '../program-host.ts';
import { TurnCalls } from '../turn-calls.ts';
import { withCredential } from '../with-credential.ts';
import { endInstructions, fencedEnd } from './fenced-end.ts';
import { readOpenClawAnswer } from './openclaw-answer.ts';
import { isUsable, MESSAGE_BYTES_MAX, openClawCommand } from './openclaw-command.ts';

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
  /** Runs of the program in one run of ours. */
  stepsMax: number;
  /** The longest that one run of the program may take: it says nothing until its end. */
  totalMs: number;
  /** The clock; the machine's when absent. */
  now?: () => number;
}

const REMINDERS_MAX = 2;
const OUTPUT_BYTES_MAX = 10_000_000;
const OUTPUT_TOKENS_MAX = 8_000;
/** What the program's own instructions and tools weigh in each call, about. */
const PROGRAM_TOKENS = 24_000;
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
    let message = await this.#opening();
    for (const step of this.#host.journal.steps) {
      const next = await this.#act(step);
      if (typeof next !== 'string') return next;
      message = `${resumePrompt([])}\n\n${next}`;
    }
    while (this.#host.journal.steps.length < stepsMax) {
      const use = { programs: this.#options.programs, pool, provider: model.provider, host: this.#host, now };
      const text = message;
      const step = await withCredential(use, (credential) => this.#ask(path, model, credential, text));
      const next = await this.#act(step);
      if (typeof next !== 'string') return next;
      message = next;
    }
    throw new TurnFailure('step_limit', `The agent did not come to an end within ${stepsMax} runs of the program.`);
  }

  /** The outcome when the step ends the turn; otherwise what the agent is told next. */
  async #act(step: ModelStep): Promise<TurnOutcome | string> {
    const { cause } = this.#turn;
    const answers: ToolAnswer[] = [];
    for (const call of step.toolCalls) answers.push(await this.#calls.call(call));
    const outcome = endOfTurn(cause, step, answers);
    if (outcome !== undefined) return outcome;
    this.#reminders += 1;
    if (this.#reminders > REMINDERS_MAX) throw new TurnFailure('no_result', 'The program stopped without a result.');
    const [answer] = answers;
    if (answer?.status === 'refused')
      return `The house did not take that: ${answer.message}\n\n${endInstructions(cause)}`;
    return cause.kind === 'message' ? reminderFor(cause) : `You are not at the end yet. ${endInstructions(cause)}`;
  }

  /** The session is noted before the program is started: whatever happens, the next attempt goes on in it. */
  async #opening(): Promise<string> {
    const { journal } = this.#host;
    const isNew = journal.session === undefined;
    if (isNew) {
      const data = { session_id: randomUUID(), driver: 'openclaw' };
      await journal.note({ type: 'program.session', data });
    }
    const { cause } = this.#turn;
    const whole = [systemPrompt(this.#turn), endInstructions(cause), causePrompt(cause)].join('\n\n');
    // It may have been ended before it kept anything: what is asked is told again.
    return isNew ? whole : `${resumePrompt([])}\n\n${whole}`;
  }

  async #ask(path: string, model: ModelRef, credential: ModelCredential, message: string): Promise<ModelStep> {
    const { journal, signal } = this.#host;
    signal.throwIfAborted();
    if (!isUsable(credential))
      throw new TurnFailure(
        'model_unavailable',
        'OpenClaw takes API keys only, and of Anthropic, OpenAI and OpenRouter.',
      );
    if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX)
      throw new TurnFailure('context_overflow', 'What is asked is longer than OpenClaw takes at once.');
    const before = journal.steps.at(-1)?.usage;
    const inputTokens = estimateTokens(message) + PROGRAM_TOKENS + (before === undefined ? 0 : before.inputTokens);
    await journal.reserve({ model: modelName(model), inputTokens, outputTokensMax: OUTPUT_TOKENS_MAX });
    const startedAt = performance.now();
    const program = await this.#options.programs.start(
      this.#turn.agent.id,
      openClawCommand({
        path,
        agent: this.#options.agent ?? 'main',
        model,
        session: journal.session ?? '',
        message,
        timeoutMs: this.#options.totalMs,
        credential,
      }),
      signal,
    );
    const { text, usage } = await this.#answerOf(program, credential);
    const number = journal.steps.length + 1;
    const end = fencedEnd(this.#turn.cause, text);
    const step: ModelStep = {
      kind: 'answer',
      model: modelName(model),
      text,
      toolCalls: end === undefined ? [] : [{ callId: `o${number}_1`, ...end }],
      usage,
      durationMs: Math.round(performance.now() - startedAt),
    };
    await journal.append(step);
    this.#host.say(text);
    return step;
  }

  async #answerOf(program: RunningProgram, credential: ModelCredential) {
    const { signal } = this.#host;
    const words = new LastWords(program.stderr);
    const ended = Promise.withResolvers<never>();
    const onAbort = () => ended.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const timer = setTimeout(
      () => ended.reject(new TurnFailure('driver_failed', `OpenClaw did not end within ${this.#options.totalMs} ms.`)),
      this.#options.totalMs,
    );
    program.stdin.on('error', () => {});
    program.stdin.end();
    try {
      const output = await Promise.race([ended.promise, outputOf(program)]);
      const answer = readOpenClawAnswer(withoutSecrets(output, [credential.secret]));
      if (answer !== undefined && 'text' in answer) return answer;
      const last = words.lastLine([credential.secret]);
      if (answer !== undefined) {
        const failure = failureOf({ ...answer.error, text: `${answer.error.text} ${last}` });
        const words = wordsForPeople(answer.error.text, [credential.secret]);
        throw failure ?? new TurnFailure('driver_failed', `OpenClaw failed: ${words}`);
      }
      const { code, signal: by } = await program.exit;
      const how = by === null ? `with code ${code}` : `by ${by}`;
      throw new TurnFailure(
        'driver_failed',
        `OpenClaw ended ${how} without an answer.${last === '' ? '' : ` It said: ${last}`}`,
      );
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
      program.kill();
    }
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

async function outputOf(program: RunningProgram): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > OUTPUT_BYTES_MAX)
      throw new TurnFailure('driver_failed', `OpenClaw wrote over ${OUTPUT_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  await program.exit;
  return Buffer.concat(chunks).toString('utf8').toWellFormed().replaceAll('\0', '');
}
