import type { EngineKind } from '@guildhall/storage';
import { type Kysely, sql } from 'kysely';
import type { MemoryTables } from './memory-tables.ts';

type Db = Kysely<MemoryTables>;

/** A table of packed entries: rows (store, key, block), each a run of entries of the same size in no order. */
export interface PackedTable {
  table: 'memory_postings' | 'memory_vector_blocks';
  keyColumn: 'term' | 'embedder';
}

export interface BlockChange {
  key: string;
  block: number;
  /** Bytes to append. */
  added: Uint8Array;
  /** Offsets in the block whose entries go. */
  removed: ReadonlySet<number>;
}

const ROWS_A_STATEMENT = 5_000;

/** Appends entries without reading what is there: one statement for thousands of rows. */
async function append(db: Db, kind: EngineKind, { table, keyColumn }: PackedTable, store: number, rows: BlockChange[]) {
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    const values = rows
      .slice(from, from + ROWS_A_STATEMENT)
      .map(({ key, block, added }) => [
        key,
        block,
        Buffer.from(added.buffer, added.byteOffset, added.byteLength).toString('hex'),
      ]);
    const target = sql.raw(`${table} (store, ${keyColumn}, block, entries)`);
    const conflict = sql.raw(`(store, ${keyColumn}, block)`);
    const list = JSON.stringify(values);
    if (kind === 'sqlite') {
      await sql`insert into ${target} select ${store}, value ->> 0, value ->> 1, unhex(value ->> 2) from json_each(${list})
        where true on conflict ${conflict} do update set entries = cast(entries || excluded.entries as blob)`.execute(
        db,
      );
    } else {
      const own = sql.raw(`${table}.entries`);
      await sql`insert into ${target} select ${store}, value ->> 0, (value ->> 1)::bigint, decode(value ->> 2, 'hex')
        from jsonb_array_elements(${list}::jsonb) on conflict ${conflict} do update set entries = ${own} || excluded.entries`.execute(
        db,
      );
    }
  }
}

/** Takes entries in and out of a packed table; a row that holds none any more goes. */
export async function changeBlocks(
  db: Db,
  kind: EngineKind,
  packed: PackedTable,
  store: number,
  changes: BlockChange[],
  entry: { bytes: number; offsetOf(entries: Uint8Array, at: number): number },
): Promise<void> {
  // In the order of the index, so that its pages are gone through once and not at random.
  const appended = changes
    .filter(({ removed, added }) => removed.size === 0 && added.length > 0)
    .sort((one, other) => one.block - other.block || (one.key < other.key ? -1 : 1));
  await append(db, kind, packed, store, appended);
  const { table, keyColumn } = packed;
  for (const { key, block, added, removed } of changes) {
    if (removed.size === 0) continue;
    const { rows } = await sql<{ entries: Uint8Array }>`select entries from ${sql.table(table)}
      where store = ${store} and ${sql.ref(keyColumn)} = ${key} and block = ${block}`.execute(db);
    const entries = rows[0]?.entries ?? new Uint8Array();
    const kept: Uint8Array[] = [];
    for (let at = 0; at + entry.bytes <= entries.length; at += entry.bytes) {
      if (!removed.has(entry.offsetOf(entries, at))) kept.push(entries.subarray(at, at + entry.bytes));
    }
    const left = Buffer.concat([...kept, added]);
    if (left.length === 0)
      await sql`delete from ${sql.table(table)}
        where store = ${store} and ${sql.ref(keyColumn)} = ${key} and block = ${block}`.execute(db);
    else if (rows.length === 0)
      await sql`insert into ${sql.raw(`${table} (store, ${keyColumn}, block, entries)`)}
        values (${store}, ${key}, ${block}, ${left})`.execute(db);
    else
      await sql`update ${sql.table(table)} set entries = ${left}
        where store = ${store} and ${sql.ref(keyColumn)} = ${key} and block = ${block}`.execute(db);
  }
}
