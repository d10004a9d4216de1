import type { JsonObject } from '@guildhall/kernel';

/** Tokens of one model call. */
export interface Usage {
  /** All that went in, the cached ones among them. */
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
}

export interface JournalToolCall {
  /** Unique in the run, whatever ids the model gives. */
  callId: string;
  name: string;
  /** As the model wrote them; `undefined` when that was no JSON. */
  input: JsonObject | undefined;
}

/** What a model answered, or what a compaction kept of everything before it. */
export interface ModelStep {
  kind: 'answer' | 'summary';
  /** `provider:model`. */
  model: string;
  text: string;
  toolCalls: JournalToolCall[];
  usage: Usage;
  durationMs: number;
}

/** What may happen beside the answers and is worth knowing later. */
export interface JournalNote {
  type: 'model.failed' | 'credential.cooled' | 'model.fell_back' | 'context.compacted' | 'program.session';
  data: JsonObject;
}

/** The durable memory of a run. What is appended survives a crash; a resumed run finds it in `steps`. */
export interface Journal {
  readonly steps: readonly ModelStep[];
  /** How many of the steps lie before a person let the run try again: its limits count from there. Absent: none. */
  readonly freshFrom?: number;
  /** The session that a program keeps for this run: the last `program.session` that was noted. */
  readonly session: string | undefined;
  /** Sets aside what a call may cost at most. Throws `TurnParked` when there is no money for it. */
  reserve(call: { model: string; inputTokens: number; outputTokensMax: number }): Promise<void>;
  /** Charges a call whose answer was of no use: it broke off, or had no end. */
  charge?(call: { model: string; usage: Usage; why: string }): Promise<void>;
  /** Keeps the answer and charges what it cost, in one transaction. */
  append(step: ModelStep): Promise<void>;
  note(note: JournalNote): Promise<void>;
}
