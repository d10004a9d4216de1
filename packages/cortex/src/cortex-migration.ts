import type { Migration } from '@guildhall/storage';

/**
 * The tables of the memory engine. What 0002 kept is taken over as text that waits for its index (`pending_text`), which
 * `indexPending` builds in the background.
 */
export const cortexMigration: Migration = {
  name: '0004_cortex',
  statements: (kind) => {
    const isSqlite = kind === 'sqlite';
    const number = isSqlite ? 'integer primary key' : 'bigint generated always as identity primary key';
    const bytes = isSqlite ? 'blob' : 'bytea';
    const json = isSqlite ? 'JSON' : 'jsonb';
    const real = isSqlite ? 'real' : 'double precision';
    // On SQLite the rows of an index lie in the order of their key, so that the blocks of a term are read in one go.
    const byKey = isSqlite ? 'without rowid' : '';
    const joined = isSqlite
      ? 'group_concat(body, char(10) || char(10))'
      : "string_agg(body, E'\\n\\n' order by ordinal)";
    const metadata = isSqlite ? "'{}'" : "'{}'::jsonb";
    const feedKey = "case source_kind when 'drive' then 'drive_files' else 'agent' end";
    return [
      `create table memory_stores (
        number ${number}, office_id text not null unique, next_position bigint not null default 0,
        chunk_count bigint not null default 0, length_total bigint not null default 0,
        languages text not null default 'en', embedder text not null default '',
        embedded_up_to bigint not null default 0)`,
      `create table memory_sources (
        number ${number}, store bigint not null, feed_key text not null, external_id text not null, kind text not null,
        title text not null, author text not null, thread text not null, url text not null, written_by text not null,
        trust text not null, confidence ${real}, audience text not null, at bigint not null, ingested_at bigint not null,
        valid_from bigint not null, valid_to bigint, superseded_by text, supersede_reason text,
        content_hash text not null, metadata ${json} not null, chunk_count bigint not null, is_truncated BOOLEAN not null,
        language text not null, pending_text text)`,
      'create unique index memory_sources_by_id on memory_sources (store, feed_key, external_id)',
      'create index memory_sources_of_feed on memory_sources (store, feed_key, number)',
      'create index memory_sources_pending on memory_sources (store, number) where pending_text is not null',
      `insert into memory_stores (office_id) select distinct office_id from memory_chunks`,
      `insert into memory_sources (store, feed_key, external_id, kind, title, author, thread, url, written_by, trust,
          confidence, audience, at, ingested_at, valid_from, content_hash, metadata, chunk_count, is_truncated, language,
          pending_text)
        select s.number, ${feedKey}, c.source_id, case c.source_kind when 'drive' then 'file' else 'observation' end,
          max(c.title), max(c.speaker), '', '', max(c.written_by), case max(c.written_by) when '' then 'user' else 'agent' end,
          null, case max(c.private_to) when '' then '' else 'agent:' || max(c.private_to) end, max(c.at), max(c.at), max(c.at),
          '', ${metadata}, 0, ${isSqlite ? '0' : 'false'}, 'en', ${joined}
        from ${isSqlite ? '(select * from memory_chunks order by office_id, source_kind, source_id, ordinal)' : 'memory_chunks'} c
        join memory_stores s on s.office_id = c.office_id group by s.number, c.source_kind, c.source_id`,
      ...(isSqlite ? ['drop table memory_text'] : []),
      'drop table memory_chunks',
      `create table memory_chunks (
        store bigint not null, position bigint not null, source bigint not null, ordinal bigint not null,
        body text not null, thread text not null, at bigint not null, primary key (store, position)) ${byKey}`,
      'create index memory_chunks_of_source on memory_chunks (source, ordinal)',
      "create index memory_chunks_of_thread on memory_chunks (store, thread, at, position) where thread <> ''",
      'create index memory_chunks_by_time on memory_chunks (store, at, position)',
      `create table memory_postings (
        store bigint not null, block bigint not null, term text not null, entries ${bytes} not null,
        primary key (store, block, term)) ${byKey}`,
      `create table memory_vectors (
        store bigint not null, embedder text not null, position bigint not null, vector ${bytes} not null,
        primary key (store, embedder, position)) ${byKey}`,
      `create table memory_vector_blocks (
        store bigint not null, embedder text not null, block bigint not null, entries ${bytes} not null,
        primary key (store, embedder, block)) ${byKey}`,
      `create table memory_entities (
        number ${number}, store bigint not null, kind text not null, key text not null, name text not null,
        mention_count bigint not null, merged_into bigint)`,
      'create unique index memory_entities_by_key on memory_entities (store, key)',
      'create index memory_entities_by_count on memory_entities (store, mention_count, number)',
      'create index memory_entities_merged on memory_entities (merged_into) where merged_into is not null',
      `create table memory_mentions (
        store bigint not null, position bigint not null, entity bigint not null, role text not null,
        primary key (store, position, entity, role)) ${byKey}`,
      'create index memory_mentions_of_entity on memory_mentions (store, entity, position)',
      `create table memory_edges (
        store bigint not null, from_id text not null, kind text not null, to_id text not null,
        primary key (store, from_id, kind, to_id)) ${byKey}`,
      'create index memory_edges_to on memory_edges (store, to_id, kind)',
      `create table memory_merges (
        number ${number}, store bigint not null, from_entity bigint not null, into_entity bigint not null,
        reason text not null, by_whom text not null, at bigint not null, undone_at bigint)`,
      'create index memory_merges_of_store on memory_merges (store, number)',
      `create table memory_tombstones (
        store bigint not null, feed_key text not null, external_id text not null, at bigint not null, by_whom text not null,
        reason text not null, primary key (store, feed_key, external_id)) ${byKey}`,
      `create table memory_feeds (
        store bigint not null, feed_key text not null, title text not null, kind text not null, settings ${json} not null,
        cursor text not null, state text not null, item_count bigint not null, error text, last_item_at bigint,
        synced_at bigint, created_at bigint not null, primary key (store, feed_key)) ${byKey}`,
    ];
  },
};
