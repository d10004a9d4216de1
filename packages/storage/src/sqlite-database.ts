import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { QueryResult } from 'kysely';
import type { KeptRows } from './kept-rows.ts';

export interface SqliteOptions {
  path: string;
  sync: 'full' | 'normal';
}

type Cell = string | number | bigint | Uint8Array | null;
interface Prepared {
  statement: StatementSync;
  toRow: ((cells: Cell[]) => Record<string, unknown>) | undefined;
  isRead: boolean;
  /** The table that it writes to, where that can be told from its beginning. */
  writesTo: string | undefined;
}

const READ = /^\s*select\b/i;
const WRITE = /^\s*(?:insert into|update|delete from)\s+"?(\w+)"?/i;

/** A database file with its statement cache. `kept` is told of what is written through it. */
export class PreparedDatabase {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  readonly #kept: KeptRows | undefined;

  constructor(options: SqliteOptions, kept?: KeptRows) {
    this.#kept = kept;
    this.#database = new DatabaseSync(options.path, { timeout: 5_000 });
    // SQLite's own lower() knows ASCII only; a search for "ärger" is to find "Ärger" on both engines.
    this.#database.function('folded', { deterministic: true }, (text) =>
      text === null ? null : String(text).toLowerCase(),
    );
    this.#database.exec(`PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
      PRAGMA synchronous = ${options.sync === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA cache_size = -48000;
      PRAGMA wal_autocheckpoint = 32000; PRAGMA journal_size_limit = 67108864;
      PRAGMA secure_delete = ON;`);
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  run(sql: string): void {
    this.#prepare(sql).statement.run();
  }

  execute<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    const { statement, toRow, isRead, writesTo } = this.#prepare(sql);
    if (!isRead) this.#kept?.noteWrite(writesTo);
    const values = parameters.map(toSqlite);
    if (toRow === undefined) {
      const { changes } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes) };
    }
    const cells = statement.all(...values) as unknown as Cell[][];
    return { rows: cells.map(toRow) as Row[], numAffectedRows: BigInt(cells.length) };
  }

  close(): void {
    this.#prepared.clear();
    this.#database.close();
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    const columns = statement.columns();
    // Cells as arrays: making the objects here is several times faster than letting the binding name every cell.
    if (columns.length > 0) statement.setReturnArrays(true);
    const prepared = {
      statement,
      toRow: columns.length === 0 ? undefined : rowMaker(columns),
      isRead: READ.test(sql),
      writesTo: WRITE.exec(sql)?.[1],
    };
    if (this.#prepared.size >= 400) this.#prepared.delete(this.#prepared.keys().next().value ?? '');
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function toSqlite(value: unknown): string | number | bigint | Uint8Array | null {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'undefined':
      return null;
    default:
      if (value === null) return null;
      return value instanceof Uint8Array ? value : JSON.stringify(value);
  }
}

/**
 * Cells → row, as code made once for a statement: an object literal with the column names in it is several times faster
 * than assigning the same names one by one. Booleans and JSON are converted by the declared type of their columns.
 */
function rowMaker(columns: { name: string; type: string | null }[]): (cells: Cell[]) => Record<string, unknown> {
  const fields = columns.map(({ name, type }, index) => {
    const cell = `cells[${index}]`;
    const value =
      type === 'BOOLEAN' ? `${cell} === null ? null : ${cell} === 1` : type === 'JSON' ? `json(${cell})` : cell;
    return `${JSON.stringify(name)}: ${value}`;
  });
  return new Function('json', `return (cells) => ({ ${fields.join(', ')} })`)(parseJson);
}

function parseJson(cell: Cell): unknown {
  if (cell === null) return null;
  return cell === '{}' ? {} : JSON.parse(String(cell));
}
