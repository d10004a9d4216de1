import { EventEmitter } from 'node:events';

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
  readonly #unshared = new Map<string, LiveText>();
  #timer: NodeJS.Timeout | undefined;
  #share: ((piece: LiveText) => void) | undefined;

  /** A run of this process wrote something. */
  say(piece: LiveText): void {
    this.ring(piece);
    if (this.#share === undefined) return;
    if (piece.text === '') {
      // A beginning stays apart from what comes after it.
      this.#flush();
      this.#share(piece);
      return;
    }
    const before = this.#unshared.get(piece.runId);
    this.#unshared.set(piece.runId, { ...piece, text: (before?.text ?? '') + piece.text });
    this.#timer ??= setTimeout(() => this.#flush(), SHARE_EVERY_MS);
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

  /** How other processes are told. */
  shareWith(share: (piece: LiveText) => void): void {
    this.#share = share;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const piece of this.#unshared.values()) {
      const characters = [...piece.text];
      while (characters.length > 0) this.#share?.({ ...piece, text: characters.splice(0, SHARE_CHARS_MAX).join('') });
    }
    this.#unshared.clear();
  }
}
