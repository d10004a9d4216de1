export type { ChunkHit } from './chunk-hit.ts';
export { splitIntoChunks } from './chunks.ts';
export { forgetSource, indexSource, type MemorySource, searchMemory } from './memory.ts';
export { memoryMigration } from './memory-migration.ts';
export type { MemoryChunkRow, MemoryTables } from './memory-tables.ts';
