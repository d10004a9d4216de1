export { splitIntoChunks } from './chunks.ts';
export { type ChunkHit, forgetSource, indexSource, type MemorySource, searchMemory } from './memory.ts';
export { memoryMigration } from './memory-migration.ts';
export type { MemoryChunkRow, MemoryTables } from './memory-tables.ts';
