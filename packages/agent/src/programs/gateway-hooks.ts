import type { Usage } from '../journal.ts';
import type { ToolUse } from './call-book.ts';

/** A question to a model, before it is passed on. */
export interface AskedCall {
  model: string;
  /** About. */
  inputTokens: number;
  outputTokensMax: number;
  /** Names of the tools that the model may call. */
  tools: string[];
}

/** What came of it. */
export interface AnsweredCall {
  model: string;
  /** As the provider tells it; where it did not come to that, an estimate. */
  usage: Usage;
  text: string;
  /** The calls that the model makes in its answer. */
  uses: ToolUse[];
  durationMs: number;
}

/** Who counts the calls that go through a lent credential. */
export interface GatewayHooks {
  /** A rejection keeps the call from the provider: the program is answered 402, or what a `GatewayRefusal` says. */
  before(call: AskedCall): Promise<void>;
  /** The answer is over, whole or broken off. Whoever rejects here has to remember why: the program has its answer by then. */
  after(call: AnsweredCall, asked: AskedCall): Promise<void>;
  /** The provider refused the call, or did not answer: nothing was used. */
  unanswered?(asked: AskedCall): void;
}

/** Why a call is not passed on, with the HTTP status that the program is told. */
export class GatewayRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'GatewayRefusal';
    this.status = status;
  }
}
