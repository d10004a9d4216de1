/** For who opens a database: all else of the engine is loaded when there is something to remember. */
export { cortexMigration } from './cortex-migration.ts';
export { enrichmentMigration } from './enrichment-migration.ts';
export { memoryMigration } from './memory-migration.ts';
