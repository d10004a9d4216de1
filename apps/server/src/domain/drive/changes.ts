import type { Context } from '../context/index.ts';
import { type Event, newestEvents, timesOf } from '../events/index.ts';
import { loadOffice } from '../offices/index.ts';
import { maySeeFile, readerOf } from './file-access.ts';

const CHANGES_MAX = 1_000;
/** From the time of an event to its commit. */
const COMMIT_MS_MAX = 5_000;

export interface FileChange {
  type: 'upload' | 'delete';
  name: string;
  at: number;
}

export interface FileChanges {
  changes: FileChange[];
  /** Send this as `since` next time. */
  serverAt: number;
  /** The changes since then are more than one answer holds, or no longer kept: list the files instead. */
  fullRefresh: boolean;
}

/** What happened to the files of an office after `sinceAt`, oldest first. */
export async function fileChanges(context: Context, officeId: string, sinceAt: number): Promise<FileChanges> {
  const office = await loadOffice(context, officeId, 'files:read');
  // Before the events are read: what is committed in between is told next time.
  const { newestAt, oldestAt } = await timesOf(context, office.organization_id);
  // Not the clock: what is not committed yet may bear an earlier time than now. What happens in the very millisecond of the newest
  // event is told again rather than lost, as long as there may be something of it to come.
  const isSettled = context.house.clock.now() - newestAt > COMMIT_MS_MAX;
  const settledAt = isSettled ? newestAt : newestAt - 1;
  // A time that has not come yet is no cursor of ours: whoever holds on to it would miss what happens until then.
  if (sinceAt > context.house.clock.now()) return { changes: [], serverAt: settledAt, fullRefresh: true };
  const serverAt = Math.max(sinceAt, settledAt);
  const events = await newestEvents(
    context,
    office.organization_id,
    { officeId: office.id, types: ['file'], sinceAt },
    CHANGES_MAX + 1,
  );
  // What happened before the office came here stands in another log.
  const isElsewhere = office.moved_at !== null && sinceAt < office.moved_at;
  if (events.length > CHANGES_MAX || isElsewhere || (oldestAt !== undefined && sinceAt < oldestAt))
    return { changes: [], serverAt, fullRefresh: true };
  // What an agent may see has changed: of which files, it is not told, since some of them are none of its business.
  if (readerOf(context) !== undefined && events.some(({ type }) => type === 'file.permissions_set'))
    return { changes: [], serverAt, fullRefresh: true };
  const seen = await Promise.all(events.map((event) => maySeeFile(context, event.subject_id)));
  const visible = events.filter((_, index) => seen[index]);
  const changes = visible.reverse().flatMap(changesIn);
  return { changes, serverAt, fullRefresh: false };
}

/** A file that was moved went from one name and came to another. */
function changesIn({ type, data, at }: Event): FileChange[] {
  const name = String(data.name);
  switch (type) {
    case 'file.uploaded':
    case 'file.restored':
      return [{ type: 'upload', name, at }];
    case 'file.deleted':
      return [{ type: 'delete', name, at }];
    case 'file.moved':
      return [
        { type: 'delete', name: String(data.from), at },
        { type: 'upload', name, at },
      ];
    default:
      return [];
  }
}
