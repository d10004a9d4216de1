export { type BlobStore, DiskBlobStore, type StoredBlob } from './blobs.ts';
export { containsText } from './contains-text.ts';
export { lockDataFolder } from './data-folder-lock.ts';
export { isDatabaseUnavailable, isInvalidText, isStorageFull, isUniqueViolation } from './database-errors.ts';
export type { Engine, EngineKind } from './engine.ts';
export { type Migration, migrate } from './migrate.ts';
export { type OpenEngineOptions, openEngine } from './open-engine.ts';
export { type Parameter, prepareQuery } from './prepared-query.ts';
export { runInTransaction } from './transaction.ts';
