export { migrations } from './migrations/index.ts';
export { areQuiet, QUIET_EVENTS } from './quiet-events.ts';
export type * from './tables.ts';
