import { errors } from '@guildhall/kernel';
import { prepareQuery } from '@guildhall/storage';
import { sql } from 'kysely';
import type { Tables } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import { knownIntegration } from '../integrations/index.ts';
import type { Task } from './task-store.ts';

/** What hangs on a task, beside its own row. */
export interface TaskTies {
  /** Ids of the tasks that it waits for. */
  dependsOn: string[];
  subtaskCount: number;
  /** Integrations that have to be switched on for whoever works on it. */
  requiredTools: string[];
}

export const NO_TIES: TaskTies = { dependsOn: [], subtaskCount: 0, requiredTools: [] };

/**
 * Kept as long as nothing is written: it is asked with every list of tasks. `ids` is a list as its engine reads one from text:
 * PostgreSQL plans for what it can see, and one that is made by a function it takes for everything there is.
 */
const tiesQuery = (kind: 'sqlite' | 'postgres') =>
  prepareQuery<Tables, { ids: string }>({ keptWhile: ['tasks', 'task_dependencies', 'task_required_tools'] })(
    (db, parameter) => {
      const among = (column: 'task_id' | 'parent_id') =>
        kind === 'sqlite'
          ? sql<boolean>`${sql.ref(column)} in (select value from json_each(${parameter('ids')}))`
          : sql<boolean>`${sql.ref(column)} = any(${parameter('ids')}::text[])`;
      const word = (text: string) => sql<string>`${sql.lit(text)}`;
      return (
        db
          .selectFrom('task_dependencies')
          .select([word('needs').as('kind'), 'task_id as id', 'depends_on_id as value'])
          .where(among('task_id'))
          .unionAll(
            db
              .selectFrom('task_required_tools')
              .select([word('tool').as('kind'), 'task_id as id', 'integration_id as value'])
              .where(among('task_id')),
          )
          .unionAll(
            db
              .selectFrom('tasks')
              .select([
                word('parts').as('kind'),
                sql<string>`parent_id`.as('id'),
                sql<string>`cast(count(*) as text)`.as('value'),
              ])
              .where(among('parent_id'))
              .where('deleted_at', 'is', null)
              .groupBy('parent_id'),
          )
          // What is empty is not kept, and most tasks have no ties: this row says that there was an answer.
          .unionAll(db.selectNoFrom([word('end').as('kind'), word('').as('id'), word('').as('value')]))
      );
    },
  );
const tiesOn = { sqlite: tiesQuery('sqlite'), postgres: tiesQuery('postgres') };

/** The ties of some tasks, in one query. */
export async function tiesOf(context: Context, tasks: readonly Pick<Task, 'id'>[]): Promise<(id: string) => TaskTies> {
  if (tasks.length === 0) return () => NO_TIES;
  const { kind: engine } = context.house.engine;
  const list = tasks.map(({ id }) => id);
  const rows = await tiesOn[engine](context.db, {
    ids: engine === 'sqlite' ? JSON.stringify(list) : `{${list.join(',')}}`,
  });
  if (rows.length <= 1) return () => NO_TIES;
  const ties = new Map<string, TaskTies>();
  for (const { kind, id, value } of rows) {
    const own = ties.get(id) ?? { dependsOn: [], subtaskCount: 0, requiredTools: [] };
    if (kind === 'needs') own.dependsOn.push(value);
    else if (kind === 'tool') own.requiredTools.push(value);
    else if (kind === 'parts') own.subtaskCount = Number(value);
    ties.set(id, own);
  }
  return (id) => ties.get(id) ?? NO_TIES;
}

const REQUIRED_TOOLS_MAX = 20;

/** Checks the names that a new task requires. Throws `validation_failed`. */
export function readRequiredTools(names: readonly string[] | undefined): string[] {
  const tools = [...new Set((names ?? []).map((name) => knownIntegration(name)?.id ?? name))];
  if (tools.length > REQUIRED_TOOLS_MAX)
    throw errors.validationFailed('requiredTools', `names more than ${REQUIRED_TOOLS_MAX} integrations`);
  for (const name of tools)
    if (knownIntegration(name) === undefined)
      throw errors.validationFailed(
        'requiredTools',
        `"${name}" is no integration`,
        'List them: GET /api/v1/offices/{id}/integrations.',
      );
  return tools;
}

/** Throws `conflict`, with what to switch on, unless an agent has all that a task requires. */
export async function assertEquipped(
  tx: Context,
  agent: { id: string; name: string },
  task: { number?: number; requiredTools: readonly string[] },
): Promise<void> {
  if (task.requiredTools.length === 0) return;
  const enabled = await tx.db
    .selectFrom('agent_integrations')
    .select('integration_id')
    .where('agent_id', '=', agent.id)
    .where('is_enabled', '=', true)
    .execute();
  const missing = task.requiredTools.filter((tool) => !enabled.some(({ integration_id }) => integration_id === tool));
  if (missing.length > 0)
    throw errors.conflict(
      `${agent.name} has no ${missing.join(', ')}, which the task requires. Switch it on for the agent, or give the task to another.`,
      { agent: agent.name, missing },
    );
}
