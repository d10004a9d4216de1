import type { EngineKind } from '@guildhall/storage';
import { sql } from 'kysely';
import { entityKey, type Mention } from './entities.ts';
import { mergeAlias } from './merges.ts';
import type { Db } from './store.ts';

const ROWS_A_STATEMENT = 400;

interface PieceMentions {
  position: number;
  mentions: readonly Mention[];
}

/** Writes who and what pieces name. Entities are made when they are first named; counters say how often they are. */
export async function writeMentions(db: Db, kind: EngineKind, store: number, pieces: PieceMentions[]): Promise<void> {
  const entities = new Map<string, { mention: Mention; count: number }>();
  const mentions = new Map<string, { position: number; key: string; role: string }>();
  for (const { position, mentions: own } of pieces) {
    for (const mention of own) {
      const key = `${position}\u0000${mention.key}\u0000${mention.role}`;
      if (mentions.has(key)) continue;
      mentions.set(key, { position, key: mention.key, role: mention.role });
      const known = entities.get(mention.key);
      if (known === undefined) entities.set(mention.key, { mention, count: 1 });
      else known.count++;
    }
  }
  if (entities.size === 0) return;
  // In the order of their index, for the same reason as the words.
  const named = [...entities.values()].sort((one, other) => (one.mention.key < other.mention.key ? -1 : 1));
  const rows = named.map(({ mention, count }) => [mention.kind, mention.key, mention.name, count]);
  const numbers = await upsertEntities(db, kind, store, rows);
  await insertMentions(
    db,
    kind,
    store,
    [...mentions.values()].map(({ position, key, role }) => [position, numbers.get(key) ?? 0, role]),
  );
  for (const { mention } of entities.values())
    for (const alias of mention.aliases ?? [])
      await mergeAlias(db, store, {
        from: { ...alias, key: entityKey(alias.name), kind: mention.kind },
        into: numbers.get(mention.key) ?? 0,
      });
}

type EntityValues = (string | number)[];

async function upsertEntities(
  db: Db,
  kind: EngineKind,
  store: number,
  entities: EntityValues[],
): Promise<Map<string, number>> {
  const list = JSON.stringify(entities);
  const columns = sql.raw('memory_entities (store, kind, key, name, mention_count)');
  const add = sql.raw('do update set mention_count = memory_entities.mention_count + excluded.mention_count');
  const { rows } =
    kind === 'sqlite'
      ? await sql<{ number: number; key: string }>`insert into ${columns}
          select ${store}, value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(${list}) where true
          on conflict (store, key) ${add} returning number, key`.execute(db)
      : await sql<{ number: number; key: string }>`insert into ${columns}
          select ${store}, value ->> 0, value ->> 1, value ->> 2, (value ->> 3)::bigint from jsonb_array_elements(${list}::jsonb)
          on conflict (store, key) ${add} returning number, key`.execute(db);
  return new Map(rows.map(({ number, key }) => [key, Number(number)]));
}

async function insertMentions(db: Db, kind: EngineKind, store: number, mentions: (string | number)[][]): Promise<void> {
  const list = JSON.stringify(mentions);
  const columns = sql.raw('memory_mentions (store, position, entity, role)');
  if (kind === 'sqlite')
    await sql`insert into ${columns} select ${store}, value ->> 0, value ->> 1, value ->> 2 from json_each(${list})
      where true on conflict do nothing`.execute(db);
  else
    await sql`insert into ${columns} select ${store}, (value ->> 0)::bigint, (value ->> 1)::bigint, value ->> 2
      from jsonb_array_elements(${list}::jsonb) on conflict do nothing`.execute(db);
}

/** Takes pieces out of the graph. What nothing names any more stays until `removeOrphans`: it may be named again at once. */
export async function removeMentions(db: Db, store: number, positions: readonly number[]): Promise<void> {
  const gone = await db
    .deleteFrom('memory_mentions')
    .where('store', '=', store)
    .where('position', 'in', positions)
    .returning('entity')
    .execute();
  const counts = new Map<number, number>();
  for (const { entity } of gone) counts.set(Number(entity), (counts.get(Number(entity)) ?? 0) + 1);
  for (const [entity, count] of counts)
    await db
      .updateTable('memory_entities')
      .set((expression) => ({ mention_count: expression('mention_count', '-', count) }))
      .where('number', '=', entity)
      .execute();
}

/** Forgets entities that nothing names any more, with their other spellings and what was decided about them. */
export async function removeOrphans(db: Db, store: number): Promise<void> {
  const dead = await db
    .selectFrom('memory_entities')
    .select('number')
    .where('store', '=', store)
    .where('mention_count', '<=', 0)
    .where('merged_into', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('memory_entities as child')
            .select('child.number')
            .whereRef('child.merged_into', '=', 'memory_entities.number')
            .where('child.mention_count', '>', 0),
        ),
      ),
    )
    .execute();
  for (let from = 0; from < dead.length; from += ROWS_A_STATEMENT) {
    const roots = dead.slice(from, from + ROWS_A_STATEMENT).map(({ number }) => number);
    const gone = await db
      .deleteFrom('memory_entities')
      .where(({ or, eb }) => or([eb('number', 'in', roots), eb('merged_into', 'in', roots)]))
      .returning('number')
      .execute();
    const numbers = gone.map(({ number }) => number);
    await db
      .deleteFrom('memory_merges')
      .where('store', '=', store)
      .where(({ or, eb }) => or([eb('from_entity', 'in', numbers), eb('into_entity', 'in', numbers)]))
      .execute();
  }
}
