import { StringDecoder } from 'node:string_decoder';
import { AnswerFacts } from './answer-facts.ts';
import type { AnsweredCall } from './gateway-hooks.ts';
import { parseObject } from './json-fields.ts';

const PENDING_CHARS_MAX = 32_000_000;

/** Listens to a model's answer as it passes, a stream of events or one JSON object, and tells what it came to. */
export class AnswerTap {
  readonly #facts = new AnswerFacts();
  readonly #isStream: boolean;
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';

  constructor(contentType: string) {
    this.#isStream = contentType.includes('event-stream');
  }

  /** Must not throw: what passes is the provider's and the program's business. */
  write(chunk: Buffer): void {
    this.#pending += this.#decoder.write(chunk);
    if (this.#isStream) this.#readLines();
    if (this.#pending.length > PENDING_CHARS_MAX) this.#pending = '';
  }

  /** What the answer came to, when nothing more of it comes. */
  finish(inputTokensAbout: number): Pick<AnsweredCall, 'usage' | 'text' | 'uses'> {
    if (this.#isStream) {
      this.#pending += '\n';
      this.#readLines();
    } else {
      const whole = parseObject(this.#pending);
      if (whole === undefined) this.#facts.addUnread(this.#pending);
      else this.#facts.addWhole(whole);
    }
    return this.#facts.result(inputTokensAbout);
  }

  #readLines(): void {
    const lines = this.#pending.split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const event = parseObject(line.slice('data:'.length));
      if (event !== undefined) this.#facts.addEvent(event);
    }
  }
}
