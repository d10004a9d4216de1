import type { Readable } from 'node:stream';
import type { JsonObject } from '@guildhall/kernel';
import { TurnFailure } from '../turn-failure.ts';
import { withoutSecrets } from './last-words.ts';

/** What a program may write that is not for us, before it counts as broken. */
export interface LineBounds {
  lineBytesMax: number;
  garbageLinesMax: number;
  /** What must not come through: it is masked wherever it stands. */
  secrets: readonly string[];
}

/** The JSON objects that a program writes, one a line. Other lines are skipped and counted; too many of them end the turn. */
export async function* jsonLines(stream: Readable, bounds: LineBounds): AsyncGenerator<JsonObject> {
  let garbage = 0;
  for await (const line of linesOf(stream, bounds.lineBytesMax)) {
    if (line.trim() === '') continue;
    const value = objectIn(withoutSecrets(line, bounds.secrets));
    if (value !== undefined) {
      yield value;
      continue;
    }
    garbage += 1;
    if (garbage > bounds.garbageLinesMax)
      throw new TurnFailure(
        'driver_failed',
        `The program wrote over ${bounds.garbageLinesMax} lines that are no JSON.`,
      );
  }
}

async function* linesOf(stream: Readable, lineBytesMax: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8');
      parts = [];
      bytes = 0;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > lineBytesMax)
      throw new TurnFailure('driver_failed', `The program wrote a line of over ${lineBytesMax} bytes.`);
  }
  if (bytes > 0) yield Buffer.concat(parts).toString('utf8');
}

/** A program relays what a model wrote: half a surrogate pair or a NUL would be refused by every database further on. */
function objectIn(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(
      line.toWellFormed().replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1'),
      (_key, part) => (typeof part === 'string' ? part.toWellFormed() : part),
    );
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
