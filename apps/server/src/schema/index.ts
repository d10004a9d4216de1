export { migrations } from './migrations/index.ts';
export type * from './tables.ts';
