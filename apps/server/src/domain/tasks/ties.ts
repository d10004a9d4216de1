import { errors } from '@guildhall/kernel';
import { sql } from 'kysely';
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

const NO_TIES: TaskTies = { dependsOn: [], subtaskCount: 0, requiredTools: [] };

/** The ties of some tasks, in one query. */
export async function tiesOf(context: Context, tasks: readonly Pick<Task, 'id'>[]): Promise<(id: string) => TaskTies> {
  if (tasks.length === 0) return () => NO_TIES;
  const ids = tasks.map(({ id }) => id);
  const rows = await context.db
    .selectFrom('task_dependencies')
    .select([sql<string>`'needs'`.as('kind'), 'task_id as id', 'depends_on_id as value'])
    .where('task_id', 'in', ids)
    .unionAll((db) =>
      db
        .selectFrom('task_required_tools')
        .select([sql<string>`'tool'`.as('kind'), 'task_id as id', 'integration_id as value'])
        .where('task_id', 'in', ids),
    )
    .unionAll((db) =>
      db
        .selectFrom('tasks')
        .select([
          sql<string>`'parts'`.as('kind'),
          sql<string>`parent_id`.as('id'),
          sql<string>`cast(count(*) as text)`.as('value'),
        ])
        .where('parent_id', 'in', ids)
        .where('deleted_at', 'is', null)
        .groupBy('parent_id'),
    )
    .execute();
  if (rows.length === 0) return () => NO_TIES;
  const ties = new Map<string, TaskTies>();
  for (const { kind, id, value } of rows) {
    const own = ties.get(id) ?? { dependsOn: [], subtaskCount: 0, requiredTools: [] };
    if (kind === 'needs') own.dependsOn.push(value);
    else if (kind === 'tool') own.requiredTools.push(value);
    else own.subtaskCount = Number(value);
    ties.set(id, own);
  }
  return (id) => ties.get(id) ?? NO_TIES;
}

const REQUIRED_TOOLS_MAX = 20;

/** Checks the names that a new task requires. Throws `validation_failed`. */
export function readRequiredTools(names: readonly string[] | undefined): string[] {
  const tools = [...new Set(names ?? [])];
  if (tools.length > REQUIRED_TOOLS_MAX)
    throw errors.validationFailed('requiredTools', `names more than ${REQUIRED_TOOLS_MAX} integrations`);
  for (const name of tools)
    if (knownIntegration(name) === undefined)
      throw errors.validationFailed('requiredTools', `"${name}" is no integration`, 'List them: mi integrations list.');
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
