export * from './index-conditions.ts';
export { migrations } from './migrations/index.ts';
export { areQuiet, FAMILY_EVENTS, familyOf, QUIET_EVENTS } from './quiet-events.ts';
export type * from './tables.ts';
