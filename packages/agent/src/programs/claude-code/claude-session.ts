import type { JsonObject } from '@guildhall/kernel';
import type { ToolAnswer } from '../../dispatch/tool.ts';
import type { Turn, TurnHost, TurnOutcome } from '../../driver.ts';
import type { JournalToolCall, ModelStep } from '../../journal.ts';
import { endOfTurn, reminderFor } from '../../model/end-of-turn.ts';
import { ModelFailure } from '../../model/model-failure.ts';
import { TurnFailure } from '../../turn-failure.ts';
import { builtInName, riskOfBuiltIn } from '../builtin-risk.ts';
import { CallBook, isHouseCall } from '../call-book.ts';
import { type HouseCall, toolsBesideItsOwn } from '../house-mcp.ts';
import { objectIn, textIn } from '../json-fields.ts';
import { jsonLines } from '../json-lines.ts';
import { LastWords, wordsForPeople } from '../last-words.ts';
import { failureOf, type ProgramError } from '../program-failure.ts';
import type { RunningProgram } from '../program-host.ts';
import type { TurnCalls } from '../turn-calls.ts';
import { type ClaudeLine, readClaudeLine } from './claude-line.ts';
import { ClaudeStream } from './claude-stream.ts';
import { answerOnStream, toolUseIdOf } from './house-server.ts';
import { claudeNaming, houseToolName } from './house-tools.ts';
import { type CollectedMessage, MessageCollector } from './message-collector.ts';

export interface ClaudeSessionOptions {
  program: RunningProgram;
  turn: Turn;
  host: TurnHost;
  calls: TurnCalls;
  /** `provider:model`, as the journal names it. */
  model: string;
  secret: string;
  stepsMax: number;
  silenceMs: number;
  isSandboxed: boolean;
  /** Throws `TurnParked` when there is no money for another answer. */
  reserve(lastInputTokens: number): Promise<void>;
}

/** The program does not know the session that it was to go on with. */
export class SessionLost extends Error {}

const BOUNDS = { lineBytesMax: 10_000_000, garbageLinesMax: 1_000 };
const REMINDERS_MAX = 2;
/** An answer longer than this is no answer. */
const TEXT_CHARS_MAX = 400_000;
/** How long a program may take to end by itself before its group is killed. */
const GRACE_MS = 1_000;

/**
 * One start of Claude Code, from its first line to its end. Lines are read in their order. What the program asks is answered
 * beside that, but never before the message that it comes from is in the journal and the next one is paid for.
 */
export class ClaudeSession {
  readonly #options: ClaudeSessionOptions;
  readonly #host: TurnHost;
  readonly #stream: ClaudeStream;
  readonly #words: LastWords;
  readonly #messages = new MessageCollector();
  readonly #book: CallBook;
  readonly #ended = Promise.withResolvers<TurnOutcome>();
  readonly #serving = new Set<Promise<void>>();
  /** Calls that the house is at work on: while there is any, the program has nothing to say. */
  #working = 0;
  #keeping: Promise<void> = Promise.resolve();
  readonly #answers = new Map<string, ToolAnswer>();
  #messageKept = Promise.withResolvers<void>();
  #step: ModelStep | undefined;
  #folder: string | undefined;
  #error: ProgramError | undefined;
  /** Calls of the program's own tools that it has not come back from. */
  readonly #atWork = new Set<string>();
  /** Those of them that the house allowed, by the program's id: what comes of them is on record too. */
  readonly #permitted = new Map<string, string>();
  #reminders: number;
  #isIdle = false;
  #isOver = false;
  #textChars = 0;
  #silence: NodeJS.Timeout | undefined;

  constructor(options: ClaudeSessionOptions) {
    const { host, program } = options;
    this.#options = options;
    this.#host = host;
    this.#stream = new ClaudeStream(program.stdin);
    this.#words = new LastWords(program.stderr);
    this.#book = new CallBook(host.journal.steps, (name) => host.toolBox.isReadOnly(name), claudeNaming);
    this.#reminders = host.journal.steps.filter((step) => step.toolCalls.length === 0).length;
    // Who reads it comes later than what may end it.
    this.#ended.promise.catch(() => {});
  }

  /** Tells the program what to do, and serves it until the turn has its end. */
  async run(opening: string, instructions: string | undefined): Promise<TurnOutcome> {
    const { signal } = this.#host;
    const onAbort = () => this.#ended.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    this.#stream.initialize(instructions);
    this.#stream.say(opening);
    this.#listen();
    try {
      const read = this.#read();
      read.catch(() => {});
      return await Promise.race([this.#ended.promise, read]);
    } finally {
      this.#isOver = true;
      signal.removeEventListener('abort', onAbort);
      clearTimeout(this.#silence);
      await this.#stop();
    }
  }

  async #read(): Promise<never> {
    const bounds = { ...BOUNDS, secrets: [this.#options.secret] };
    for await (const object of jsonLines(this.#options.program.stdout, bounds)) {
      // What a program that is being ended still wrote is not acted on.
      if (this.#isOver) continue;
      this.#listen();
      await this.#handle(readClaudeLine(object));
    }
    const { code, signal } = await this.#options.program.exit;
    // What was being done for it is finished first: a task that was completed is completed.
    await Promise.allSettled(this.#serving);
    const last = this.#words.lastLine([this.#options.secret]);
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    throw new TurnFailure(
      'driver_failed',
      `Claude Code ended ${how} without a result.${last === '' ? '' : ` It said: ${last}`}`,
    );
  }

  async #handle(line: ClaudeLine): Promise<void> {
    if (line.kind === 'message_start' && this.#stepsTaken() >= this.#options.stepsMax) throw this.#stepLimit();
    const wasStreaming = this.#messages.isStreaming;
    const message = this.#messages.add(line);
    if (message !== undefined) {
      this.#keeping = this.#keep(message);
      await this.#keeping;
    }
    if (wasStreaming && !this.#messages.isStreaming) this.#messageKept.resolve();
    if (!wasStreaming && this.#messages.isStreaming) this.#messageKept = Promise.withResolvers<void>();
    switch (line.kind) {
      case 'init':
        this.#folder = line.folder;
        await this.#noteSession(line.sessionId);
        return;
      case 'text':
        this.#hear(line.text);
        return;
      case 'model_error':
        this.#error = line;
        return;
      case 'answered':
        await this.#noteAnswers(line.answers);
        return;
      case 'request':
        this.#serve(line.requestId, line.request);
        return;
      case 'result':
        await this.#result(line);
        return;
      default:
    }
  }

  /** The answer goes into the journal, and the next one is paid for, before anything is done about it. */
  async #keep({ text, uses, usage, durationMs }: CollectedMessage): Promise<void> {
    const { journal } = this.#host;
    const toolCalls = this.#book.enter(journal.steps.length + 1, uses);
    const step: ModelStep = { kind: 'answer', model: this.#options.model, text, toolCalls, usage, durationMs };
    await journal.append(step);
    this.#step = step;
    this.#textChars = 0;
    this.#error = undefined;
    for (const use of uses) if (houseToolName(use.name) === undefined) this.#atWork.add(use.id);
    if (toolCalls.length > 0) await this.#options.reserve(usage.inputTokens + usage.outputTokens);
  }

  #hear(text: string): void {
    this.#textChars += text.length;
    if (this.#textChars > TEXT_CHARS_MAX) throw new ModelFailure('broken_answer', 'The answer has no end.');
    this.#host.say(text);
  }

  async #noteSession(sessionId: string): Promise<void> {
    const { journal } = this.#host;
    if (sessionId === '' || sessionId === journal.session) return;
    await journal.note({ type: 'program.session', data: { session_id: sessionId, driver: 'claude-code' } });
  }

  /** What came of the program's own calls is kept as it is of ours, before anything that follows from it. */
  async #noteAnswers(answers: Extract<ClaudeLine, { kind: 'answered' }>['answers']): Promise<void> {
    for (const { id, isError, text } of answers) {
      this.#atWork.delete(id);
      const callId = this.#permitted.get(id);
      if (callId === undefined) continue;
      this.#permitted.delete(id);
      await this.#host.settle?.(callId, { isError, text });
    }
  }

  #serve(requestId: string, request: JsonObject): void {
    const serving = this.#respond(requestId, request)
      .catch((error: unknown) => this.#ended.reject(error))
      .finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
  }

  async #respond(requestId: string, request: JsonObject): Promise<void> {
    if (request.subtype === 'can_use_tool') {
      const decision = await this.#permit(request);
      this.#stream.answer(requestId, decision);
    } else if (request.subtype === 'mcp_message') {
      const offered = toolsBesideItsOwn(this.#host.toolBox);
      const answer = await answerOnStream(objectIn(request, 'message'), offered, (call) => this.#call(call));
      this.#stream.answer(requestId, { mcp_response: answer });
    } else {
      this.#stream.refuse(requestId, 'This house does not do that.');
    }
  }

  /** One of the house's tools. */
  async #call(asked: HouseCall): Promise<ToolAnswer> {
    await this.#kept();
    const { name, input } = asked;
    const call = this.#book.find(toolUseIdOf(asked), { name, input });
    if (
      call === undefined ||
      call.name !== name ||
      !toolsBesideItsOwn(this.#host.toolBox).specs.some((spec) => spec.name === name)
    )
      return { status: 'refused', code: 'unknown_tool', message: `No message of the model calls "${name}".` };
    const answer = await this.#atWorkOn(() => this.#options.calls.call(call));
    this.#answers.set(call.callId, answer);
    this.#lookForEnd();
    return answer;
  }

  /** A tool of the program's own: the house decides, the program does it. */
  async #permit(request: JsonObject): Promise<JsonObject> {
    await this.#kept();
    const tool = textIn(request, 'tool_name');
    const input = objectIn(request, 'input');
    // Those are decided about when they are called.
    if (houseToolName(tool) !== undefined) return { behavior: 'allow', updatedInput: input };
    const name = builtInName(tool);
    const call = this.#book.find(textIn(request, 'tool_use_id'), { name, input });
    if (call === undefined || call.name !== name) return refused('No message of the model makes this call.');
    const risk = riskOfBuiltIn(tool, input, { folder: this.#folder, isSandboxed: this.#options.isSandboxed });
    const { permit } = this.#host;
    if (permit === undefined)
      return risk === 'read' ? { behavior: 'allow', updatedInput: input } : refused('Nobody here can allow this.');
    const { callId } = call;
    const ask = () => permit({ callId, name, input, risk });
    const word = await this.#atWorkOn(() => this.#options.calls.permit(callId, ask));
    if (word !== 'allowed') return refused(word.refusal);
    this.#permitted.set(textIn(request, 'tool_use_id'), callId);
    return { behavior: 'allow', updatedInput: input };
  }

  async #atWorkOn<T>(work: () => Promise<T>): Promise<T> {
    this.#working += 1;
    try {
      return await work();
    } finally {
      this.#working -= 1;
      this.#listen();
    }
  }

  /** Waits until the message that a request comes from is in the journal. */
  async #kept(): Promise<void> {
    if (this.#messages.isStreaming) await this.#messageKept.promise;
    const whole = this.#messages.isStreaming ? undefined : this.#messages.finish();
    if (whole !== undefined) this.#keeping = this.#keep(whole);
    await this.#keeping;
  }

  /** The turn ends when all calls of the message are answered and one of them is an end. */
  #lookForEnd(): void {
    const step = this.#step;
    if (step === undefined) return;
    const ofHouse = step.toolCalls.filter(isHouseCall);
    if (ofHouse.some((call) => !this.#answers.has(call.callId))) return;
    const outcome = endOfTurn(this.#options.turn.cause, step, answersTo(step.toolCalls, this.#answers));
    if (outcome !== undefined) this.#ended.resolve(outcome);
    else if (ofHouse.length === step.toolCalls.length && this.#stepsTaken() >= this.#options.stepsMax)
      this.#ended.reject(this.#stepLimit());
  }

  async #result(line: Extract<ClaudeLine, { kind: 'result' }>): Promise<void> {
    if (/no conversation found/i.test(line.text) && line.isError) throw new SessionLost();
    if (line.isError || this.#error !== undefined) throw this.#failureOf(line);
    this.#isIdle = true;
    const { cause } = this.#options.turn;
    const said: ModelStep | undefined = this.#step && { ...this.#step, text: line.text, toolCalls: [] };
    const outcome = said && endOfTurn(cause, said, []);
    if (outcome !== undefined) {
      this.#ended.resolve(outcome);
      return;
    }
    this.#reminders += 1;
    if (this.#reminders > REMINDERS_MAX) throw new TurnFailure('no_result', 'The program stopped without a result.');
    if (this.#stepsTaken() >= this.#options.stepsMax) throw this.#stepLimit();
    await this.#options.reserve(this.#step?.usage.inputTokens ?? 0);
    this.#isIdle = false;
    this.#stream.say(reminderFor(cause));
  }

  #failureOf(line: Extract<ClaudeLine, { kind: 'result' }>): Error {
    const { status = line.status, code, text = '' } = this.#error ?? {};
    const failure = failureOf({ status, code, text: `${line.text} ${text}` });
    if (failure !== undefined) return failure;
    const words = wordsForPeople(line.text, [this.#options.secret]);
    return new TurnFailure('driver_failed', `Claude Code failed${words === '' ? '.' : `: ${words}`}`);
  }

  #stepsTaken(): number {
    return this.#host.journal.steps.length;
  }

  #stepLimit(): TurnFailure {
    return new TurnFailure('step_limit', `The agent did not come to an end within ${this.#options.stepsMax} steps.`);
  }

  /** Starts to count the silence anew. */
  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#isOver) return;
    this.#silence = setTimeout(() => {
      if (this.#working > 0) return;
      const isAtWork = this.#atWork.size > 0;
      this.#ended.reject(
        isAtWork
          ? new TurnFailure('driver_failed', `A tool of the program said nothing for ${this.#options.silenceMs} ms.`)
          : new ModelFailure('timed_out', 'The model did not answer in time.'),
      );
    }, this.#options.silenceMs);
  }

  /** Nothing of the program outlives this. It gets a moment to write its session down when that cannot cost anything. */
  async #stop(): Promise<void> {
    const { program } = this.#options;
    const mayEndItself = this.#isIdle || this.#host.signal.aborted;
    if (this.#host.signal.aborted) this.#stream.interrupt();
    if (mayEndItself) {
      this.#stream.end();
      const grace = Promise.withResolvers<void>();
      const timer = setTimeout(grace.resolve, GRACE_MS);
      await Promise.race([program.exit, grace.promise]);
      clearTimeout(timer);
    }
    program.kill();
    // What it had begun to ask may still be on its way through the house.
    program.stdout.resume();
  }
}

function refused(message: string): JsonObject {
  return { behavior: 'deny', message };
}

function answersTo(calls: readonly JournalToolCall[], answers: ReadonlyMap<string, ToolAnswer>): ToolAnswer[] {
  const unanswered: ToolAnswer = { status: 'refused', code: 'not_ours', message: 'The program answers this itself.' };
  return calls.map((call) => answers.get(call.callId) ?? unanswered);
}
