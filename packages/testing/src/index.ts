export { eventually } from './eventually.ts';
export { ManualClock } from './manual-clock.ts';
export { findChromium, findPostgres, findRedis } from './surroundings.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { openTestDatabase, type TestDatabase, testEngineKind } from './test-database.ts';
