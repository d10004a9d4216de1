import Table from 'cli-table3';

/** People get tables on a terminal; programs get JSON, also when they only pipe. */
export function wantsJson(options: { json?: boolean }): boolean {
  return options.json === true || process.stdout.isTTY !== true;
}

export function printJson(data: unknown): void {
  process.stdout.write(`${JSON.stringify(data ?? null, null, 2)}\n`);
}

/** Rows as a table on a terminal, else as a JSON array. */
export function printRows<Row>(
  rows: Row[],
  columns: Record<string, (row: Row) => unknown>,
  options: { json?: boolean },
): void {
  if (wantsJson(options)) {
    printJson(rows);
    return;
  }
  if (rows.length === 0) {
    process.stdout.write('(none)\n');
    return;
  }
  const table = new Table({ head: Object.keys(columns), style: { head: ['cyan'], border: ['gray'] }, wordWrap: true });
  for (const row of rows) table.push(Object.values(columns).map((cell) => printable(cell(row))));
  process.stdout.write(`${table.toString()}\n`);
}

/** One object as lines on a terminal, else as JSON. */
export function printOne(data: object, options: { json?: boolean }): void {
  if (wantsJson(options)) {
    printJson(data);
    return;
  }
  for (const [name, value] of Object.entries(data)) process.stdout.write(`${name.padEnd(18)} ${printable(value)}\n`);
}

export function printDone(message: string, data: object, options: { json?: boolean }): void {
  if (wantsJson(options)) printJson(data);
  else process.stdout.write(`${message}\n`);
}

/** What agents and strangers wrote must not steer the terminal. */
export function printable(value: unknown): string {
  const text =
    value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
