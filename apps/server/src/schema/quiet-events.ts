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

/**
 * The families of events that are asked for by themselves among all others, as SQL in the very words of the index on each: what was said, and
 * who logged in (few, wherever they are).
 */
export const FAMILY_EVENTS: Readonly<Record<string, string>> = {
  message: "(type > 'message.' and type < 'message/')",
  terminal: "(type > 'terminal.' and type < 'terminal/')",
};

/** The family that all of these types are of, if it has an index. */
export function familyOf(types: readonly string[]): string | undefined {
  const families = new Set(types.map((type) => type.split('.')[0] ?? ''));
  const [family = ''] = families;
  return families.size === 1 && family in FAMILY_EVENTS ? family : undefined;
}
