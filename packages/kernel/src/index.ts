export { assertNever } from './assert-never.ts';
export { cleanJson, cleanText } from './clean-json.ts';
export { clipText } from './clip-text.ts';
export { type Clock, systemClock } from './clock.ts';
export * as errors from './error-factories.ts';
export { type ErrorCode, errorCatalogue, GuildhallError, type GuildhallErrorOptions } from './errors.ts';
export { camelCase, snakeCase } from './field-name.ts';
export { looksLikeId, newId, newSecret, sha256Hex } from './ids.ts';
export {
  formatInstant,
  parseInstant,
  startOfNextUtcDayMs,
  startOfNextUtcMonthMs,
  startOfUtcDayMs,
  startOfUtcMonthMs,
} from './instant.ts';
export { canonicalJson, type Json, type JsonObject } from './json.ts';
export { decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './page.ts';
export { parseSessionFrame } from './session-frame.ts';
export { VAULT_KEY_BYTES, Vault } from './vault.ts';
export { contentWords, countStems, coverage, splitSentences, stem } from './words.ts';
