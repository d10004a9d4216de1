function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function sqliteCodeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}

/** A unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505' || [2067, 1555].includes(sqliteCodeOf(error));
}

/** The other transaction won: running ours again will see its rows. */
export function isSerialisationFailure(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(error)) || [5, 517, 261].includes(sqliteCodeOf(error));
}

/** Text that PostgreSQL cannot hold (NUL, broken surrogates), or a number outside the column's range. */
export function isInvalidText(error: unknown): boolean {
  return ['22021', '22P05', '22P02', '22003'].includes(codeOf(error));
}

/** No room left on the disk of the database. */
export function isStorageFull(error: unknown): boolean {
  return ['ENOSPC', '53100', 'EDQUOT'].includes(codeOf(error)) || sqliteCodeOf(error) % 256 === 13;
}

/** The database is gone or restarting: the caller may try again. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : '';
  return (
    ['57P01', '57P02', '57P03', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code) ||
    code.startsWith('08') ||
    /Connection terminated|connection error and is not queryable|Connection ended/.test(message) ||
    message.includes('timeout exceeded when trying to connect')
  );
}
