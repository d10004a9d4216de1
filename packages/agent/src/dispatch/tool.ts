import type { Json, JsonObject } from '@guildhall/kernel';
import type { Static, TObject } from 'typebox';

/**
 * How much harm a call can do: `read` changes nothing; `local` changes what the agent's office can mend; `outward` destroys,
 * or is seen outside; `operator` is for people only.
 */
export type ToolRisk = 'read' | 'local' | 'outward' | 'operator';

/** What a model is told of a tool. */
export interface ToolSpec {
  name: string;
  description: string;
  inputSchema: JsonObject;
}

/** A tool. `Scope` is what the house hands in for the call: its database handle, in the transaction of the step if it is atomic. */
export interface Tool<Scope> extends ToolSpec {
  risk: ToolRisk;
  /** The effect and its step commit together, so that a resumed run neither loses nor repeats it. */
  isAtomic: boolean;
  /** What has to be done before the transaction: storing bytes whose name is their content. */
  prepare?(input: JsonObject, signal: AbortSignal): Promise<void>;
  run(input: JsonObject, at: { scope: Scope; signal: AbortSignal; callId: string }): Promise<Json>;
}

export interface ToolCallRequest {
  /** Unique in the run. The same id again answers with what it answered before. */
  callId: string;
  name: string;
  input: JsonObject | undefined;
}

/** What a call came to. A refusal is worded for the agent, which may go on and do something else. */
export type ToolAnswer =
  | { status: 'done'; result: Json }
  | { status: 'refused'; code: string; message: string; detail?: JsonObject };

export interface ToolBox {
  readonly specs: readonly ToolSpec[];
  /** Never throws for what the agent did wrong. Throws `TurnParked` when a person has to decide first. */
  call(request: ToolCallRequest): Promise<ToolAnswer>;
  /** Whether a call may run beside others: it changes nothing. */
  isReadOnly(name: string): boolean;
}

/** Declares a tool with its input typed by its schema. */
export function defineTool<Scope, Input extends TObject>(tool: {
  name: string;
  description: string;
  input: Input;
  risk: ToolRisk;
  isAtomic?: boolean;
  prepare?: (input: Static<Input>, signal: AbortSignal) => Promise<void>;
  run: (input: Static<Input>, at: { scope: Scope; signal: AbortSignal; callId: string }) => Promise<Json>;
}): Tool<Scope> {
  const { input, prepare, run, isAtomic = false, ...rest } = tool;
  return {
    ...rest,
    isAtomic,
    inputSchema: { ...input, additionalProperties: false } as unknown as JsonObject,
    run: (given, at) => run(given as Static<Input>, at),
    ...(prepare === undefined
      ? {}
      : { prepare: (given: JsonObject, signal: AbortSignal) => prepare(given as Static<Input>, signal) }),
  };
}
