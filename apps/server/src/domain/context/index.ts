export { type Context, type House, inTransaction, type Limits, record, recordNow, systemContext } from './context.ts';
export { type Commit, Wake } from './wake.ts';
