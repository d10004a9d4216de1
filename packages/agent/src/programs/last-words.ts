import type { Readable } from 'node:stream';
import { clipText } from '@guildhall/kernel';

const KEPT_CHARS = 4_000;
const LINE_CHARS_MAX = 300;
const KEY_SHAPES = /\b(?:(?:sk|pk)[-_]|Bearer )[A-Za-z0-9_-]{8,}/g;

/** A secret shorter than this would be found in words that are none. */
const SECRET_CHARS_MIN = 8;

/**
 * A text without these secrets. A program has its credential in its environment, and so has the shell that an agent runs in
 * it: what it prints shall not get into a journal, a message or a file of the office.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SECRET_CHARS_MIN)
    .reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text);
}

/** The same for words that people read at once: short, and without what looks like a key, too. */
export function wordsForPeople(text: string, secrets: readonly string[]): string {
  const plain = text.trim().toWellFormed().replaceAll('\0', '');
  return clipText(withoutSecrets(plain, secrets).replaceAll(KEY_SHAPES, '[secret]'), LINE_CHARS_MAX);
}

/** Listens to standard error and keeps its end. Whoever does not read it would block the program when the pipe is full. */
export class LastWords {
  #text = '';

  constructor(stderr: Readable) {
    stderr.on('data', (chunk: Buffer) => {
      this.#text = (this.#text + chunk.toString('utf8')).slice(-KEPT_CHARS);
    });
    // A pipe that breaks has nothing more to say.
    stderr.on('error', () => {});
  }

  /** The last line that says something, masked; empty when there is none. */
  lastLine(secrets: readonly string[]): string {
    const line = this.#text.split('\n').findLast((candidate) => candidate.trim() !== '') ?? '';
    return wordsForPeople(line, secrets);
  }
}
