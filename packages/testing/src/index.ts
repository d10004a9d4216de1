export { type ApiAnswer, ApiClient } from './api-client.ts';
export {
  fieldsOf,
  fits,
  type Operation,
  readOperations,
  sampleOf,
  undescribedIn,
  withValue,
  wrongTextsOf,
  wrongValuesOf,
} from './contract-probe.ts';
export { eventually } from './eventually.ts';
export { ManualClock } from './manual-clock.ts';
export { type ModelServer, openModelServer } from './model-server/model-server.ts';
export {
  lastResults,
  type ScriptedAnswer,
  type ScriptedRequest,
  type ScriptedTurn,
  spokenTimes,
} from './model-server/script.ts';
export { type OwnPostgres, openOwnPostgres } from './own-postgres.ts';
export { LocalPrograms } from './programs/local-programs.ts';
export { claudeStandIn, openClawStandIn } from './programs/stand-ins.ts';
export { openWithoutQuery } from './programs/without-query.ts';
export { type SeedRoute, seedRoutes } from './seed-routes.ts';
export { findChromium, findDovecot, findPostgres, findRedis, findTransformers, findXmtp } from './surroundings.ts';
export { temporaryDatabase } from './temporary-database.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { openTestDatabase, type TestDatabase, testEngineKind } from './test-database.ts';
export { startXmtpNetwork, type XmtpNetwork } from './xmtp-network/xmtp-network.ts';
