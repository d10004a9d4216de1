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
export { type FollowOptions, followEvents } from './follow.ts';
