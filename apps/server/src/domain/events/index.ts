export {
  checkCursor,
  type Event,
  type EventFilter,
  headOf,
  listEvents,
  newestEvents,
  pruneEvents,
  readEvents,
  timesOf,
} from './event-store.ts';
export { type FollowOptions, followEvents } from './follow.ts';
