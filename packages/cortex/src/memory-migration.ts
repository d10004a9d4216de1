import type { Migration } from '@guildhall/storage';

export const memoryMigration: Migration = {
  name: '0002_memory',
  statements: (kind) => {
    const number = kind === 'sqlite' ? 'integer primary key' : 'bigint generated always as identity primary key';
    const shared = [
      `create table memory_chunks (
        number ${number}, office_id text not null, source_kind text not null, source_id text not null,
        ordinal integer not null, title text not null, body text not null, speaker text not null,
        private_to text not null, at bigint not null)`,
      'create unique index memory_chunks_of_source on memory_chunks (office_id, source_kind, source_id, ordinal)',
    ];
    if (kind === 'sqlite') {
      // `scope` holds the office as one word, so that a search of one office never walks the rows of another.
      return [
        ...shared,
        `create virtual table memory_text using fts5 (scope, title, body, content = '', contentless_delete = 1,
          tokenize = "porter unicode61 remove_diacritics 2")`,
      ];
    }
    return [
      ...shared,
      `alter table memory_chunks add column words tsvector generated always as
        (setweight(to_tsvector('english', title), 'A') || to_tsvector('english', body)) stored`,
      'create index memory_chunks_words on memory_chunks using gin (words)',
    ];
  },
};
