export interface Row {
  what: string;
  measured: string;
  /** What the issue asks for. Printed beside the figure, never asserted: machines differ. */
  aim: string;
}

export function printRows(rows: Row[], asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const width = Math.max(...rows.map((row) => row.what.length));
  const middle = Math.max(...rows.map((row) => row.measured.length));
  for (const row of rows)
    process.stdout.write(`${row.what.padEnd(width)}  ${row.measured.padEnd(middle)}  aim: ${row.aim}\n`);
}

export function percent(value: number, of: number): string {
  return `${((100 * value) / of).toFixed(0)} %`;
}

/** The value below which `share` of the sorted values lie. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
