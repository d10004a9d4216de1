import type { Journal } from '../../journal.ts';
import { type AskedCall, type GatewayHooks, GatewayRefusal } from '../gateway-hooks.ts';
import { houseToolName } from './house-tools.ts';

/** Calls of the conversation beyond what the journal holds: the one that is being written, answers that broke off. */
const AHEAD_MAX = 3;
/** The program's own errands in a turn: titles, summaries of a long session. */
const ERRANDS_MAX = 8;

/**
 * Keeps the way to the model for the conversation that the driver sees and charges. The agent's shell could ask the model
 * too: what is answered and never gets into the journal is let through a few times, and then no more. A call that offers the
 * house's tools looks like one of the conversation, and is counted apart, so that the shell does not take the program's place.
 */
export class ModelTill implements GatewayHooks {
  readonly #journal: Journal;
  readonly #stepsBefore: number;
  #conversation = 0;
  #errands = 0;
  #hasStopped = false;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#stepsBefore = journal.steps.length;
  }

  /** Whether calls of the conversation itself were refused: then it is not the provider who says that there are too many. */
  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  async before(asked: AskedCall): Promise<void> {
    const isConversation = looksLikeConversation(asked);
    const journaled = this.#journal.steps.length - this.#stepsBefore;
    const isTooMuch = isConversation ? this.#conversation >= journaled + AHEAD_MAX : this.#errands >= ERRANDS_MAX;
    if (isTooMuch) {
      this.#hasStopped ||= isConversation;
      throw new GatewayRefusal(429, 'Too many requests beside the conversation that the house pays for.');
    }
    this.#count(asked, 1);
  }

  async after(): Promise<void> {
    // What belongs to the conversation is charged where the driver reads it.
  }

  unanswered(asked: AskedCall): void {
    this.#count(asked, -1);
  }

  #count(asked: AskedCall, by: number): void {
    if (looksLikeConversation(asked)) this.#conversation += by;
    else this.#errands += by;
  }
}

function looksLikeConversation({ tools }: AskedCall): boolean {
  return tools.some((name) => houseToolName(name) !== undefined);
}
