import type { Context } from '../context/index.ts';
import { type Event, headOf, newestEvents } from '../events/index.ts';
import { loadOffice } from '../offices/index.ts';
import { maySeeFile } from './file-access.ts';

const CHANGES_MAX = 1_000;

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
  // Read the clock first: a change of this very millisecond is told again rather than lost.
  const serverAt = context.house.clock.now() - 1;
  const events = await newestEvents(
    context,
    office.organization_id,
    { officeId: office.id, types: ['file'], sinceAt },
    CHANGES_MAX + 1,
  );
  const head = await headOf(context, office.organization_id);
  const isPruned = head.floor > 0 && sinceAt < context.house.clock.now() - context.house.limits.eventRetentionMs;
  // What happened before the office came here stands in another log.
  const isElsewhere = office.moved_at !== null && sinceAt < office.moved_at;
  if (events.length > CHANGES_MAX || isPruned || isElsewhere) return { changes: [], serverAt, fullRefresh: true };
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
