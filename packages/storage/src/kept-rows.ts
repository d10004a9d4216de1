type Rows = readonly unknown[];

/** Of one query: its answers, by the values it was asked with. */
interface Kept {
  answers: Map<string, Rows>;
  rowCount: number;
}

const ROWS_OF_QUERY_MAX = 5_000;

/**
 * Answers of the few queries that are asked again and again while hardly anything changes: whose key this is, which office,
 * a list that a page polls. They are kept until one of their tables is written to, which this process cannot miss: it alone
 * owns the database file, and all its writes go through one connection. While such a write waits for its commit nothing is
 * kept or taken from here, since the connection that wrote and the one that reads see different rows.
 */
export class KeptRows {
  readonly #queries = new Map<string, Kept>();
  readonly #ofTable = new Map<string, Kept[]>();
  /** Tables with writes that are not committed yet. */
  readonly #unsettled = new Set<string>();
  #isAllUnsettled = false;

  /** What was answered to this query with these values, or else what `ask` answers now. The rows are shared: they are frozen. */
  get<Row>(tables: readonly string[], sql: string, values: readonly unknown[], ask: () => Row[]): Row[] {
    if (this.#isAllUnsettled || tables.some((table) => this.#unsettled.has(table))) return ask();
    const kept = this.#queries.get(sql) ?? this.#begin(tables, sql);
    const key = values.length === 1 ? String(values[0]) : JSON.stringify(values);
    const known = kept.answers.get(key);
    if (known !== undefined) return known as Row[];
    const rows = ask();
    // What is not there is not kept: strangers who guess would fill this.
    if (rows.length === 0) return rows;
    if (kept.rowCount + rows.length > ROWS_OF_QUERY_MAX) forget(kept);
    kept.rowCount += rows.length;
    kept.answers.set(key, freeze(rows));
    return rows;
  }

  /** A statement writes to `table`; undefined when nobody knows which. */
  noteWrite(table: string | undefined): void {
    if (table === undefined) {
      this.#isAllUnsettled = true;
      for (const kept of this.#queries.values()) forget(kept);
    } else if (!this.#unsettled.has(table)) {
      this.#unsettled.add(table);
      for (const kept of this.#ofTable.get(table) ?? []) forget(kept);
    }
  }

  /** All that was written is committed, or rolled back. */
  settle(): void {
    this.#isAllUnsettled = false;
    this.#unsettled.clear();
  }

  #begin(tables: readonly string[], sql: string): Kept {
    const kept: Kept = { answers: new Map(), rowCount: 0 };
    this.#queries.set(sql, kept);
    for (const table of tables) this.#ofTable.set(table, [...(this.#ofTable.get(table) ?? []), kept]);
    return kept;
  }
}

function forget(kept: Kept): void {
  kept.answers.clear();
  kept.rowCount = 0;
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
