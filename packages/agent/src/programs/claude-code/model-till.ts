import type { Journal } from '../../journal.ts';
import { type GatewayHooks, GatewayRefusal } from '../gateway-hooks.ts';

/** Calls that may run before the answers of others are in the journal: the one that is being written, and some beside it. */
const AHEAD_MAX = 3;

/**
 * Keeps the way to the model for the conversation that the driver sees and charges. The agent's shell could ask the model
 * too: what is answered and never gets into the journal is let through a few times, and then no more.
 */
export class ModelTill implements GatewayHooks {
  readonly #journal: Journal;
  readonly #stepsBefore: number;
  #calls = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#stepsBefore = journal.steps.length;
  }

  async before(): Promise<void> {
    const journaled = this.#journal.steps.length - this.#stepsBefore;
    if (this.#calls >= journaled + AHEAD_MAX)
      throw new GatewayRefusal(429, 'Too many requests beside the conversation that the house pays for.');
    this.#calls += 1;
  }

  async after(): Promise<void> {
    // What belongs to the conversation is in its journal.
  }

  unanswered(): void {
    this.#calls -= 1;
  }
}
