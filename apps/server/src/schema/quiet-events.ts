/**
 * As SQL: the events of an office that are few beside those of its work (tasks, messages, runs, requests), in the very words of
 * the index on them. A query for such types says it too, or it would read past all of the work.
 */
export const QUIET_EVENTS = [
  "(type < 'message.' or type > 'message/')",
  "(type < 'request.' or type > 'request/')",
  "(type < 'run.' or type > 'run/')",
  "(type < 'task.' or type > 'task/')",
].join(' and ');

const OF_WORK = ['message', 'request', 'run', 'task'];

/** Whether all events of these types (leading dotted segments) are of that kind. */
export function areQuiet(types: readonly string[]): boolean {
  return types.length > 0 && types.every((type) => !OF_WORK.includes(type.split('.')[0] ?? ''));
}
