import type { Readable } from 'node:stream';
import { clipText } from '@guildhall/kernel';

const KEPT_CHARS = 4_000;
const LINE_CHARS_MAX = 300;
const KEY_SHAPES = /\b(?:sk|pk|key|Bearer)[-_ ][A-Za-z0-9_-]{8,}/g;

/** A program's words without the secrets that it was given, and without what looks like one. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret !== '');
  return known
    .reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text)
    .replaceAll(KEY_SHAPES, '[secret]');
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
    return clipText(maskSecrets(line.trim().toWellFormed().replaceAll('\0', ''), secrets), LINE_CHARS_MAX);
  }
}
