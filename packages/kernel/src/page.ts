import { GuildhallError } from './errors.ts';

/** What a list call asks for: at most `limit` rows after the row that `cursor` names. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/** One page of a keyset-ordered list. `nextCursor` is absent on the last page. */
export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** The sort key of the last row → opaque text. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

type KeyOf<Parts extends readonly ('string' | 'number')[]> = {
  [Index in keyof Parts]: Parts[Index] extends 'number' ? number : string;
};

/** Opaque text → sort key of these parts; numbers are whole. Throws `validation_failed` for anything that this list did not issue. */
export function decodeCursor<const Parts extends readonly ('string' | 'number')[]>(
  cursor: string,
  ...parts: Parts
): KeyOf<Parts> {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const isOurs =
      Array.isArray(key) &&
      key.length === parts.length &&
      parts.every((kind, index) => (kind === 'number' ? Number.isSafeInteger(key[index]) : typeof key[index] === kind));
    if (isOurs) return key as unknown as KeyOf<Parts>;
  } catch {
    // Not ours: answered below like every other bad value.
  }
  throw new GuildhallError('validation_failed', {
    message: 'The cursor is not one that this list issued.',
    detail: { field: 'cursor' },
    mend: 'Start again without a cursor.',
  });
}

/** `rows` was read with `limit + 1`: the extra row only tells that there is a next page. */
export function pageOf<T>(rows: T[], limit: number, keyOf: (row: T) => readonly (string | number)[]): Page<T> {
  if (rows.length <= limit) return { items: rows };
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return last === undefined ? { items } : { items, nextCursor: encodeCursor(keyOf(last)) };
}
