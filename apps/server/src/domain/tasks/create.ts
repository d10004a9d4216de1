import { errors, GuildhallError, type JsonObject, newId } from '@guildhall/kernel';
import { prepareQuery } from '@guildhall/storage';
import type { Tables } from '../../schema/index.ts';
import { principalName } from '../access/index.ts';
import { loadAgent, loadWorker } from '../agents/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { assertPayable } from '../runs/index.ts';
import {
  DEPENDENCIES_MAX,
  deadAmong,
  loadDependencies,
  lockDependencies,
  refuseCircle,
  wholesOf,
} from './dependencies.ts';
import { isVerificationType, verificationTypes } from './evidence.ts';
import { isReady, queueTaskRun } from './move.ts';
import { taskDescription, taskTitle } from './task.ts';
import { taskColumns } from './task-columns.ts';
import { loadTask, type Task } from './task-store.ts';
import { assertEquipped, readRequiredTools } from './ties.ts';
import { readVerification } from './verification.ts';

const DEPTH_MAX = 8;
const PRIORITY_DEFAULT = 50;
/** A task that was finished less than this ago is not filed again by a finder. */
const DEDUP_COOLDOWN_MS = 24 * 3_600_000;

type TaskColumns = Omit<Task, 'number'>;

const insertedColumns = taskColumns.filter((column) => column !== 'number');

const insertTask = prepareQuery<Tables, TaskColumns>()((db, parameter) => {
  const columns = insertedColumns.map((column) => [column, parameter(column)]);
  return db
    .insertInto('tasks')
    .values(Object.fromEntries(columns) as TaskColumns)
    .returning('number');
});

export interface CreateTaskInput {
  title: string;
  description?: string | undefined;
  kind?: string | undefined;
  /** 0 is most urgent, 100 least; 50 when left out. */
  priority?: number | undefined;
  /** Agent, by name, number or id. */
  assignee?: string | undefined;
  /** Agent who accepts or rejects the result. Naming one asks for review. */
  reviewer?: string | undefined;
  reviewRequired?: boolean | undefined;
  verificationType?: string | undefined;
  /** For `command` and `api_works`. Only who may decide about tasks sets it: it makes the house act. */
  verification?: JsonObject | undefined;
  /** Task ids or numbers that must be done first. */
  dependsOn?: string[] | undefined;
  parent?: string | undefined;
  /** Integrations that have to be switched on for whoever works on it. */
  requiredTools?: string[] | undefined;
  /** Answer with the open (or just finished) task of the same title instead of filing it again. */
  deduplicate?: boolean | undefined;
}

/** Files a task. When an agent is to work on it and nothing stands before it, its run is queued in the same transaction. */
export async function createTask(
  context: Context,
  officeId: string,
  input: CreateTaskInput,
): Promise<{ task: Task; deduplicated: boolean }> {
  const checked = check(input);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'tasks:write');
    if (checked.verification !== null) await loadOffice(tx, officeId, 'tasks:decide');
    const dedup_key = dedupKey(checked.title);
    if (input.deduplicate === true) {
      const known = await findAlike(tx, office, dedup_key);
      if (known !== undefined) return { task: known, deduplicated: true };
    }
    const scope = { organizationId: office.organization_id, officeId: office.id };
    const assignee =
      input.assignee === undefined ? undefined : await loadWorker(tx, office.id, input.assignee, 'tasks:write');
    const reviewer =
      input.reviewer === undefined ? undefined : await loadAgent(tx, office.id, input.reviewer, 'tasks:write');
    if (reviewer !== undefined && reviewer.id === assignee?.id) {
      throw errors.validationFailed(
        'reviewer',
        'is the agent that does the work',
        'Name another agent, or let a person review.',
      );
    }
    const { requiredTools } = checked;
    if (assignee !== undefined) await assertEquipped(tx, assignee, { requiredTools });
    const parent =
      input.parent === undefined ? undefined : await loadTask(tx, scope, input.parent, 'tasks:write', 'row');
    if (parent !== undefined) await refuseDeep(tx, parent);
    if (parent !== undefined && input.dependsOn !== undefined) await lockDependencies(tx, office.organization_id);
    const dependencies = await loadDependencies(tx, scope, input.dependsOn ?? []);
    if (parent !== undefined && dependencies.length > 0)
      await refuseCircle(tx, [parent, ...(await wholesOf(tx, parent))], dependencies);

    const now = tx.house.clock.now();
    const blocked_reason = deadAmong(dependencies) ?? null;
    const row: TaskColumns = {
      id: newId(),
      organization_id: office.organization_id,
      office_id: office.id,
      parent_id: parent?.id ?? null,
      title: checked.title,
      description: checked.description,
      kind: checked.kind,
      priority: checked.priority,
      state: blocked_reason === null ? 'queued' : 'blocked',
      assignee_id: assignee?.id ?? null,
      reviewer_id: reviewer?.id ?? null,
      review_required: input.reviewRequired ?? (reviewer !== undefined || checked.verificationType === 'review'),
      verification_type: checked.verificationType,
      verification: checked.verification,
      proof: null,
      evidence_refusals: 0,
      attempts: 0,
      attempts_max: tx.house.limits.taskAttemptsMax,
      rejections: 0,
      claim_fence: 0,
      claim_owner: null,
      worked_by: null,
      lease_expires_at: null,
      blocked_reason,
      failure_code: null,
      result: null,
      evidence: {},
      review_notes: null,
      progress_percent: 0,
      current_step: null,
      dedup_key,
      created_by: principalName(tx.principal),
      created_at: now,
      updated_at: now,
      claimed_at: null,
      completed_at: null,
      deleted_at: null,
    };
    const [inserted] = await insertTask(tx.db, row);
    if (inserted === undefined) throw new Error('the insert returned no row');
    const task: Task = { ...row, number: inserted.number };
    if (dependencies.length > 0) {
      await tx.db
        .insertInto('task_dependencies')
        .values(dependencies.map((dependency) => ({ task_id: task.id, depends_on_id: dependency.id })))
        .execute();
    }
    if (requiredTools.length > 0) {
      await tx.db
        .insertInto('task_required_tools')
        .values(requiredTools.map((integration_id) => ({ task_id: task.id, integration_id })))
        .execute();
    }
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      agentId: assignee?.id,
      type: 'task.created',
      subjectId: task.id,
      data: {
        number: task.number,
        title: task.title,
        state: task.state,
        ...(assignee === undefined ? {} : { assignee: assignee.name }),
      },
    });
    if (dependencies.length === 0 || (await isReady(tx, task.id))) {
      if (assignee !== undefined && task.state === 'queued')
        await assertPayable(tx, { officeId: office.id, agentId: assignee.id, causeKind: 'task' });
      await queueTaskRun(tx, task);
    }
    return { task, deduplicated: false };
  });
}

function check(input: CreateTaskInput) {
  const title = taskTitle(input.title);
  const description = taskDescription(input.description ?? '');
  const priority = input.priority ?? PRIORITY_DEFAULT;
  if (!Number.isInteger(priority) || priority < 0 || priority > 100)
    throw errors.validationFailed('priority', 'is not a whole number from 0 to 100');
  const verificationType = input.verificationType ?? 'manual';
  if (!isVerificationType(verificationType))
    throw errors.validationFailed('verification_type', `is not one of ${verificationTypes.join(', ')}`);
  if ((input.dependsOn?.length ?? 0) > DEPENDENCIES_MAX)
    throw errors.validationFailed('depends_on', `names more than ${DEPENDENCIES_MAX} tasks`);
  const verification = readVerification(verificationType, input.verification);
  const requiredTools = readRequiredTools(input.requiredTools);
  return { title, description, priority, verificationType, verification, requiredTools, kind: input.kind ?? 'general' };
}

async function refuseDeep(tx: Context, parent: Task): Promise<void> {
  if (parent.state === 'done' || parent.state === 'failed' || parent.state === 'cancelled') {
    throw new GuildhallError('invalid_transition', {
      message: `Task ${parent.number} is ${parent.state}: it takes no more subtasks.`,
      detail: { state: parent.state },
    });
  }
  let above: string | null = parent.parent_id;
  for (let depth = 2; above !== null; depth++) {
    if (depth > DEPTH_MAX) throw errors.validationFailed('parent', `lies ${DEPTH_MAX} levels deep already`);
    above =
      (await tx.db.selectFrom('tasks').select('parent_id').where('id', '=', above).executeTakeFirst())?.parent_id ??
      null;
  }
}

/** Case, space and punctuation folded: the same words are the same task. */
function dedupKey(title: string): string {
  return title
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

async function findAlike(tx: Context, office: Office, key: string): Promise<Task | undefined> {
  if (key === '') return undefined;
  const row = await tx.db
    .selectFrom('tasks')
    .selectAll()
    .where('office_id', '=', office.id)
    .where('dedup_key', '=', key)
    .where('deleted_at', 'is', null)
    .where((expression) =>
      expression.or([
        expression('state', 'in', ['queued', 'claimed', 'review', 'blocked']),
        expression.and([
          expression('state', '=', 'done'),
          expression('completed_at', '>', tx.house.clock.now() - DEDUP_COOLDOWN_MS),
        ]),
      ]),
    )
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row as Task | undefined;
}
