export {
  checkCursor,
  type Event,
  type EventFilter,
  headOf,
  listEvents,
  newestEvents,
  pruneEvents,
  readEvents,
} from './event-store.ts';
export { createStream, type EventDraft, writeRecords } from './event-writer.ts';
export { type FollowOptions, followEvents } from './follow.ts';
