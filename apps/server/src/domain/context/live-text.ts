import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A piece of what an agent is writing now. It is no record: the message that comes of it is. */
export interface LiveText {
  officeId: string;
  /** Where the answer will be posted. */
  conversationId: string;
  runId: string;
  /** Its name. */
  agent: string;
  /** Empty when the answer begins, also when it begins anew because the model broke off. */
  text: string;
}

/** In time for a reader to see no delay, seldom enough that a fast model does not flood the database. */
const SHARE_EVERY_MS = 15;
/** What PostgreSQL takes in one notification is 8000 bytes. */
const SHARE_CHARS_MAX = 1_500;

/**
 * What agents write, as they write it, for whoever listens now. A piece that is lost costs nothing: readers get the whole
 * message in the end. Other processes are told in bundles.
 */
export class LiveTexts {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  /** What other processes have not been told yet, in order. */
  #unshared: LiveText[] = [];
  #isSharing = false;
  #share: ((piece: LiveText) => Promise<void>) | undefined;

  /** A run of this process wrote something. */
  say(piece: LiveText): void {
    this.ring(piece);
    if (this.#share === undefined) return;
    const last = this.#unshared.findLast(({ runId }) => runId === piece.runId);
    // A beginning stays apart from what comes before and after it.
    if (last !== undefined && last.text !== '' && piece.text !== '') last.text += piece.text;
    else this.#unshared.push({ ...piece });
    if (!this.#isSharing) void this.#shareAll(this.#share);
  }

  /** Tells the listeners of this process only: what another one sent. */
  ring(piece: LiveText): void {
    this.#emitter.emit('text', piece);
  }

  /** Returns the function that stops listening. */
  onText(listener: (piece: LiveText) => void): () => void {
    this.#emitter.on('text', listener);
    return () => this.#emitter.off('text', listener);
  }

  /** How other processes are told. Called for one piece after the other, so that they arrive in order. */
  shareWith(share: (piece: LiveText) => Promise<void>): void {
    this.#share = share;
  }

  /** Whatever is said while one bundle is on its way makes the next. */
  async #shareAll(share: (piece: LiveText) => Promise<void>): Promise<void> {
    this.#isSharing = true;
    try {
      while (this.#unshared.length > 0) {
        await delay(SHARE_EVERY_MS);
        for (const piece of this.#unshared.splice(0)) {
          for (const text of parts(piece.text)) await share({ ...piece, text });
        }
      }
    } finally {
      this.#isSharing = false;
    }
  }
}

/** A text in pieces that fit; an empty one is one piece. */
function parts(text: string): string[] {
  const characters = [...text];
  const pieces = [characters.splice(0, SHARE_CHARS_MAX).join('')];
  while (characters.length > 0) pieces.push(characters.splice(0, SHARE_CHARS_MAX).join(''));
  return pieces;
}
