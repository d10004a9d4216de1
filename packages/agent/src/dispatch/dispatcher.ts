import { cleanJson, cleanText, errors, GuildhallError, type Json, type JsonObject } from '@guildhall/kernel';
import { ToolError } from '../tools.ts';
import { TurnFailure, TurnParked } from '../turn-failure.ts';
import { clipResult } from './clip-result.ts';
import type { Tool, ToolAnswer, ToolBox, ToolCallRequest, ToolRisk } from './tool.ts';
import { checkInput } from './tool-input.ts';

/** What a house says to a call before it is made. */
export type Permission = 'allowed' | 'ask' | 'off';

/** A call that is known and well-formed. */
export interface CheckedCall {
  callId: string;
  name: string;
  risk: ToolRisk;
  isAtomic: boolean;
  input: JsonObject;
}

/** The house's side of a call: its rules, its records, its transaction. */
export interface Desk<Scope> {
  permissionOf(name: string, risk: ToolRisk): Permission;
  /** What the same call answered in an earlier attempt of the run; `unknown` when it began and nobody knows how it ended. */
  recall(call: { callId: string }): Promise<ToolAnswer | 'unknown' | undefined>;
  /** Whether a person said yes to exactly this call. Throws `TurnParked` until somebody has decided. */
  approve(call: CheckedCall): Promise<'approved' | { refusal: string }>;
  /** Records the call, does the work, records the answer; all in one transaction when the call is atomic. */
  perform(call: CheckedCall, work: (scope: Scope) => Promise<Json>): Promise<Json>;
  /** Records a call that was refused. */
  refuse(call: CheckedCall, answer: ToolAnswer): Promise<void>;
}

/** classify → approve → record → run → record, the same for every driver (DESIGN 6). */
export class Dispatcher<Scope> implements ToolBox {
  readonly #tools: ReadonlyMap<string, Tool<Scope>>;
  readonly #desk: Desk<Scope>;
  readonly #signal: AbortSignal;
  readonly specs: ToolBox['specs'];

  readonly #clips: boolean;

  /** `clips`: results are cut to what a model can take. */
  constructor(tools: readonly Tool<Scope>[], desk: Desk<Scope>, signal: AbortSignal, { clips }: { clips: boolean }) {
    this.#clips = clips;
    const offered = tools.filter((tool) => desk.permissionOf(tool.name, tool.risk) !== 'off');
    this.#tools = new Map(offered.map((tool) => [tool.name, tool]));
    this.#desk = desk;
    this.#signal = signal;
    this.specs = offered.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  }

  isReadOnly(name: string): boolean {
    return this.#tools.get(name)?.risk === 'read';
  }

  async call(request: ToolCallRequest): Promise<ToolAnswer> {
    const earlier = await this.#desk.recall(request);
    if (earlier === 'unknown') return outcomeUnknown(request.name);
    if (earlier !== undefined) return earlier;

    const tool = this.#tools.get(request.name);
    if (tool === undefined) {
      const known = this.specs.map((spec) => spec.name).join(', ');
      return this.#misspoken(
        request,
        'unknown_tool',
        `There is no tool "${request.name.slice(0, 100)}". There are: ${known}.`,
      );
    }
    if (request.input === undefined)
      return this.#misspoken(request, 'bad_arguments', 'The arguments are not a JSON object.');
    const problem = checkInput(tool, request.input);
    if (problem !== undefined) return this.#misspoken(request, 'bad_arguments', problem);

    const { callId, input } = request;
    const call: CheckedCall = { callId, name: tool.name, risk: tool.risk, isAtomic: tool.isAtomic, input };
    if (this.#desk.permissionOf(tool.name, tool.risk) === 'ask') {
      const decision = await this.#desk.approve(call);
      if (decision !== 'approved') return this.#refused(call, 'tool_denied', decision.refusal);
    }
    try {
      await tool.prepare?.(input, this.#signal);
      const result = await this.#desk.perform(call, async (scope) => {
        const whole = cleanJson(await this.#run(tool, input, scope, callId));
        return this.#clips ? clipResult(whole) : whole;
      });
      return { status: 'done', result };
    } catch (error) {
      // Refusals are the agent's to deal with; a run that somebody else has now and a broken house are not.
      if (error instanceof ToolError) return this.#refused(call, 'tool_failed', error.message, error.detail);
      const isRefusal = error instanceof GuildhallError && error.status < 500 && !errors.isStaleFence(error, 'run');
      if (!isRefusal) throw error;
      return this.#refused(call, error.code, `${error.message} ${error.mend}`, error.detail);
    }
  }

  /** A call that could not even be made is on record too: else nobody could tell why nothing came of it. */
  #misspoken({ callId, name, input = {} }: ToolCallRequest, code: string, message: string): Promise<ToolAnswer> {
    return this.#refused({ callId, name: name.slice(0, 100), risk: 'read', isAtomic: false, input }, code, message);
  }

  /** What a tool of the outside stumbles over is a refusal too: a path, a page, a file. The house's own faults are not. */
  async #run(tool: Tool<Scope>, input: JsonObject, scope: Scope, callId: string): Promise<Json> {
    try {
      return await tool.run(input, { scope, signal: this.#signal, callId });
    } catch (error) {
      const isNamed = [GuildhallError, ToolError, TurnFailure, TurnParked].some((kind) => error instanceof kind);
      // A tool whose effect is in the database fails with it.
      if (isNamed || tool.isAtomic || this.#signal.aborted || isOfDatabase(error)) throw error;
      throw new ToolError(tool.name, `It failed: ${firstLine(error)}`);
    }
  }

  async #refused(call: CheckedCall, code: string, message: string, detail?: JsonObject): Promise<ToolAnswer> {
    const answer = refusal(code, message, detail);
    await this.#desk.refuse(call, answer);
    return answer;
  }
}

/** What both database drivers put on their errors, and nothing of the file system or the network does. */
function isOfDatabase(error: unknown): boolean {
  return (
    error instanceof Error &&
    ('errcode' in error || 'severity' in error || /^Connection terminated/.test(error.message))
  );
}

function firstLine(error: unknown): string {
  return cleanText((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').slice(0, 500);
}

function refusal(code: string, message: string, detail?: JsonObject): ToolAnswer {
  return { status: 'refused', code, message, ...(detail === undefined ? {} : { detail }) };
}

/** A worker died between doing it and noting that it did: doing it again could do it twice. */
function outcomeUnknown(name: string): ToolAnswer {
  return refusal(
    'outcome_unknown',
    `The process was restarted while "${name}" was running: it may or may not have had its effect. Look before you do it again.`,
  );
}
