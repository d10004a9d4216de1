import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { prepareQuery } from '@guildhall/storage';
import { type Selectable, sql } from 'kysely';
import { isOutOfQueue, type Tables, type TaskRow } from '../../schema/index.ts';
import { authorize, type Permission } from '../access/index.ts';
import { agentNames } from '../agents/index.ts';
import type { Context } from '../context/index.ts';
import { type TaskState, taskStates } from './task.ts';
import { taskColumns } from './task-columns.ts';
import { type TaskQuery, withWords, wordsOf } from './task-words.ts';

export type Task = Omit<Selectable<TaskRow>, 'state'> & { state: TaskState };

export interface TaskFilter {
  states?: TaskState[] | undefined;
  assigneeIds?: string[] | undefined;
  parentId?: string | undefined;
  /** Words looked for in title and description. */
  text?: string | undefined;
}

/** Where a task list is asked for: one office, or a whole organisation. */
export interface TaskScope {
  organizationId: string;
  officeId?: string | undefined;
}

/**
 * A task by id or number, for a caller that needs `permission`. Outside of `scope` it does not exist. With `lock` nobody
 * else changes it until the transaction ends: for every change that depends on what was read.
 */
export async function loadTask(
  context: Context,
  scope: TaskScope,
  key: string,
  permission: Permission,
  lock: 'none' | 'row' = 'none',
): Promise<Task> {
  const place = { organizationId: scope.organizationId, what: 'task', id: key };
  authorize(context.principal, permission, { ...place, ...officeOf(context, scope.officeId) });
  const column = /^\d{1,15}$/.test(key) ? ('number' as const) : ('id' as const);
  let query = context.db
    .selectFrom('tasks')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('deleted_at', 'is', null);
  query = column === 'number' ? query.where('number', '=', Number(key)) : query.where('id', '=', key);
  if (scope.officeId !== undefined) query = query.where('office_id', '=', scope.officeId);
  const isLocked = lock === 'row' && context.house.engine.kind === 'postgres';
  const task = await (isLocked ? query.forUpdate() : query).executeTakeFirst();
  if (task === undefined) throw errors.notFound('task', key);
  authorize(context.principal, permission, { ...place, officeId: task.office_id });
  return task as Task;
}

/** An agent asks within its office even where the API addresses the organisation. */
function officeOf(context: Context, officeId: string | undefined): { officeId?: string } {
  const office =
    officeId ??
    (context.principal.kind === 'agent' || context.principal.kind === 'order' ? context.principal.officeId : undefined);
  return office === undefined ? {} : { officeId: office };
}

type TaskColumn = keyof Task;

/**
 * A list of tasks that reads these columns, newest first by keyset. `offset` serves the APIs that page that way; callers
 * bound it. What is asked without a filter is prepared: it is what every client polls.
 */
export function taskLister<Column extends TaskColumn>(columns: readonly Column[]) {
  const read = [...new Set<TaskColumn>([...columns, 'number'])];
  const plainList = (place: 'office_id' | 'organization_id') =>
    prepareQuery<Tables, { place: string; before: number; limit: number }>({ keptWhile: ['tasks'] })((db, parameter) =>
      db
        .selectFrom('tasks')
        .select(read)
        .where('deleted_at', 'is', null)
        .where(place, '=', parameter('place'))
        .where('number', '<', parameter('before'))
        .orderBy('number', 'desc')
        .limit(parameter('limit')),
    );
  const listOfOffice = plainList('office_id');
  const listOfOrganization = plainList('organization_id');

  return async (
    context: Context,
    scope: TaskScope,
    filter: TaskFilter,
    page: PageRequest & { offset?: number },
  ): Promise<Page<Pick<Task, Column>>> => {
    const limit = page.limit + 1;
    const before = page.cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(page.cursor, 'number')[0];
    let rows: unknown[];
    if (page.offset === undefined && Object.values(filter).every((value) => value === undefined)) {
      const { officeId } = authorizeList(context, scope);
      rows =
        officeId === undefined
          ? await listOfOrganization(context.db, { place: scope.organizationId, before, limit })
          : await listOfOffice(context.db, { place: officeId, before, limit });
    } else {
      const { query, number } = await filtered(context, scope, filter);
      rows = await query
        .select(read)
        .where(number, '<', before)
        .orderBy(number, 'desc')
        .limit(limit)
        .offset(page.offset ?? 0)
        .execute();
    }
    return pageOf(rows as Task[], page.limit, (task) => [task.number]);
  };
}

/** `taskLister` for those who need whole tasks. */
export const listTasks = taskLister(taskColumns);

/** How many tasks a filter matches: what `meta.total` says. */
export async function countTasks(context: Context, scope: TaskScope, filter: TaskFilter): Promise<number> {
  const { query } = await filtered(context, scope, filter);
  const { count } = await query.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return Number(count);
}

/** Where the caller may list: throws what `authorize` throws. */
function authorizeList(context: Context, scope: TaskScope): { officeId?: string } {
  const office = officeOf(context, scope.officeId);
  authorize(context.principal, 'tasks:read', {
    organizationId: scope.organizationId,
    ...office,
    what: 'organization',
    id: scope.organizationId,
  });
  return office;
}

async function filtered(context: Context, scope: TaskScope, filter: TaskFilter) {
  const office = authorizeList(context, scope);
  const place = { organizationId: scope.organizationId, ...office };
  const narrowed = (query: TaskQuery) => {
    let narrow = query.where('deleted_at', 'is', null);
    narrow =
      office.officeId === undefined
        ? narrow.where('organization_id', '=', scope.organizationId)
        : narrow.where('office_id', '=', office.officeId);
    if (filter.states !== undefined) narrow = narrow.where('state', 'in', [...filter.states, '']);
    if (filter.assigneeIds !== undefined) narrow = narrow.where('assignee_id', 'in', [...filter.assigneeIds, '']);
    if (filter.parentId !== undefined) narrow = narrow.where('parent_id', '=', filter.parentId);
    return narrow;
  };
  return withWords(context, place, wordsOf(filter.text ?? ''), narrowed);
}

export interface TaskStats extends Record<TaskState, number> {
  total: number;
}

/** How many tasks of an office are in each state. */
export async function taskStats(context: Context, scope: TaskScope): Promise<TaskStats> {
  const { query } = await filtered(context, scope, {});
  // Each from an index alone: none has the state of what is queued. The bounds that hold for all lead SQLite there.
  const { count } = await query
    .where('tasks.number', '>', 0)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const rows = await query
    .where(isOutOfQueue)
    .where(sql<boolean>`tasks.state > ''`)
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const total = Number(count);
  const counts = new Map(rows.map((row) => [row.state, Number(row.count)]));
  // Never less than none, should one have been deleted between the two.
  counts.set('queued', Math.max(0, total - [...counts.values()].reduce((sum, one) => sum + one, 0)));
  const byState = Object.fromEntries(taskStates.map((state) => [state, counts.get(state) ?? 0]));
  return { ...(byState as Record<TaskState, number>), total };
}

/** What a task waits for. */
export async function dependenciesOf(context: Context, taskId: string): Promise<Task[]> {
  const rows = await context.db
    .selectFrom('task_dependencies')
    .innerJoin('tasks', 'tasks.id', 'task_dependencies.depends_on_id')
    .selectAll('tasks')
    .where('task_dependencies.task_id', '=', taskId)
    .orderBy('tasks.number')
    .execute();
  return rows as Task[];
}

/** The parts of a task. */
export async function subtasksOf(context: Context, taskId: string): Promise<Task[]> {
  const rows = await context.db
    .selectFrom('tasks')
    .selectAll()
    .where('parent_id', '=', taskId)
    .where('deleted_at', 'is', null)
    .orderBy('number')
    .execute();
  return rows as Task[];
}

/** The names of the agents that tasks mention, read at once. Fired agents keep their names. */
export async function agentNamesOf(
  context: Context,
  tasks: readonly Pick<Task, 'assignee_id' | 'reviewer_id'>[],
): Promise<Map<string, string>> {
  return agentNames(
    context,
    tasks.flatMap((task) => [task.assignee_id, task.reviewer_id]).filter((id) => id !== null),
  );
}

/** The numbers of tasks that the caller knows of by others, read at once; also of those that were deleted. */
export async function numbersOf(context: Context, taskIds: readonly string[]): Promise<Map<string, number>> {
  if (taskIds.length === 0) return new Map();
  const rows = await context.db
    .selectFrom('tasks')
    .select(['id', 'number'])
    .where('id', 'in', [...new Set(taskIds)])
    .execute();
  return new Map(rows.map(({ id, number }) => [id, number]));
}
