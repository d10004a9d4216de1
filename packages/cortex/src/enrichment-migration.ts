import type { Migration } from '@guildhall/storage';

/** How far a model has read what is kept, where an office chose that one should. */
export const enrichmentMigration: Migration = {
  name: '0005_enrichment',
  statements: () => [
    "alter table memory_stores add column enrichment text not null default 'standard'",
    "alter table memory_stores add column enrichment_goal text not null default ''",
    "alter table memory_stores add column extractor text not null default ''",
    'alter table memory_stores add column extracted_up_to bigint not null default 0',
    'alter table memory_stores add column extracting_until bigint not null default 0',
    'alter table memory_stores add column extraction_micros bigint not null default 0',
    'alter table memory_stores add column extraction_error text',
    "create index memory_stores_enriched on memory_stores (number) where enrichment = 'model'",
  ],
};
