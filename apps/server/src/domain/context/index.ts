export {
  type AgentFolder,
  type Context,
  type DriverStatus,
  type House,
  type Limits,
  type ModelKey,
  type OutsideAnswer,
  type ProviderModel,
  systemContext,
  systemWithin,
  type TokenUsage,
} from './context.ts';
export type { EventDraft } from './event-draft.ts';
export { createStream } from './event-writer.ts';
export { type LiveText, LiveTexts } from './live-text.ts';
export { inTransaction, record, recordNow } from './transaction.ts';
export { type Commit, Wake } from './wake.ts';
