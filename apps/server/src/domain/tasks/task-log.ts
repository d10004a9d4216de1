import { decodeCursor, type JsonObject, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { type Selectable, sql } from 'kysely';
import type { EventRow } from '../../schema/index.ts';
import { agentNames } from '../agents/index.ts';
import type { Context } from '../context/index.ts';
import type { Task } from './task-store.ts';

export interface TaskLogLine {
  id: string;
  /** The event, as `task.claimed`. */
  event: string;
  /** Whose doing it was; null when the house's or a person's. */
  agent: string | null;
  /** The event in words. */
  message: string;
  at: number;
}

/** What happened to a task, newest first, from the events that are still kept. The caller has loaded the task. */
export async function taskLog(context: Context, task: Task, page: PageRequest): Promise<Page<TaskLogLine>> {
  const before = page.cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(page.cursor, 'number')[0];
  const rows = await context.db
    .selectFrom('events')
    .selectAll()
    .where('subject_id', '=', task.id)
    // In the words of the index.
    .where(sql<boolean>`type > 'task.' and type < 'task/'`)
    .where('stream', '=', task.organization_id)
    .where('seq', '<', before)
    .orderBy('seq', 'desc')
    .limit(page.limit + 1)
    .execute();
  const { items, ...rest } = pageOf(rows, page.limit, ({ seq }) => [seq]);
  const actors = items.filter(({ actor_kind }) => actor_kind === 'agent').map(({ actor_id }) => actor_id);
  const names = await agentNames(context, actors);
  return { ...rest, items: items.map((event) => lineOf(event, names)) };
}

function lineOf(event: Selectable<EventRow>, names: Map<string, string>): TaskLogLine {
  return {
    id: `${event.stream}:${event.seq}`,
    event: event.type,
    agent: event.actor_kind === 'agent' ? (names.get(event.actor_id) ?? null) : null,
    message: messageOf(event.type, event.data),
    at: event.at,
  };
}

/** `task.progressed {percent: 40, step: "reads"}` → `progressed: percent 40, step reads`. What every event carries is left out. */
function messageOf(type: string, { number: _number, title: _title, state: _state, ...told }: JsonObject): string {
  const words = Object.entries(told)
    .filter(([, value]) => value !== null && value !== '')
    .map(
      ([name, value]) => `${name.replaceAll('_', ' ')} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  const what = type.slice('task.'.length).replaceAll('_', ' ');
  return words.length === 0 ? what : `${what}: ${words.join(', ')}`;
}
