import { errors } from '@guildhall/kernel';
import { containsText } from '@guildhall/storage';
import { authorize } from '../access/index.ts';
import type { Agent } from '../agents/index.ts';
import type { Context } from '../context/index.ts';
import { listTasks, type Task } from '../tasks/index.ts';

const QUERY_CHARS_MAX = 100;
const RESULTS_MAX = 20;

export interface SearchResults {
  tasks: Task[];
  agents: Agent[];
}

/** Tasks by title and description, agents by name and role; a number finds the task or agent of that number first. */
export async function searchOrganization(
  context: Context,
  organizationId: string,
  query: string,
): Promise<SearchResults> {
  const text = query.trim();
  if (text === '') throw errors.validationFailed('q', 'is empty');
  if (text.length > QUERY_CHARS_MAX) throw errors.validationFailed('q', `is longer than ${QUERY_CHARS_MAX} characters`);
  const { principal } = context;
  const office = principal.kind === 'agent' || principal.kind === 'order' ? { officeId: principal.officeId } : {};
  authorize(principal, 'agents:read', { organizationId, ...office, what: 'organization', id: organizationId });

  const tasks = (await listTasks(context, { organizationId }, { text }, { limit: RESULTS_MAX })).items;
  if (/^\d{1,15}$/.test(text)) {
    let byNumber = context.db
      .selectFrom('tasks')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .where('number', '=', Number(text))
      .where('deleted_at', 'is', null);
    if (office.officeId !== undefined) byNumber = byNumber.where('office_id', '=', office.officeId);
    const task = (await byNumber.executeTakeFirst()) as Task | undefined;
    if (task !== undefined && !tasks.some((known) => known.id === task.id)) tasks.unshift(task);
  }

  let agents = context.db
    .selectFrom('agents')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where(({ or, ref }) => or([containsText(ref('name'), text), containsText(ref('role'), text)]))
    .orderBy('number')
    .limit(RESULTS_MAX);
  if (office.officeId !== undefined) agents = agents.where('office_id', '=', office.officeId);
  return { tasks, agents: await agents.execute() };
}
