import { errors, GuildhallError } from '@guildhall/kernel';
import { sql } from 'kysely';
import { isOpenRun } from '../../schema/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { whyStopped } from '../runs/index.ts';
import { moveTask, recordTask } from './move.ts';
import { nextState } from './task.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';
import { assertEquipped, tiesOf } from './ties.ts';

/** The right to work on a task: every later write names the fence and is refused once it is stale. */
export interface Claim {
  task: Task;
  fence: number;
  leaseExpiresAt: number;
}

/**
 * Claims one task in one conditional statement: it must be queued, everything it waits for done, and its attempts not used
 * up. `owner` may claim again what it already holds (after a crash), with a new fence. Throws `invalid_transition` or `conflict`.
 */
export async function claimTask(context: Context, scope: TaskScope, key: string, owner: string): Promise<Claim> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    await refuseWhileStopped(tx, task);
    if (tx.principal.kind === 'agent') {
      const { requiredTools } = (await tiesOf(tx, [task]))(task.id);
      const { agentId: id, name } = tx.principal;
      await assertEquipped(tx, { id, name }, { requiredTools });
    }
    const isOwn = task.state === 'claimed' && task.claim_owner === owner;
    if (!isOwn) nextState(task.state, 'claim');
    if (!isOwn && task.attempts >= task.attempts_max) {
      const blocked = await breakCircuit(tx, task);
      return { task: blocked, fence: -1, leaseExpiresAt: 0 };
    }
    const claimed = await takeClaim(tx, task, owner, isOwn);
    if (claimed === undefined)
      throw errors.conflict(`Task ${task.number} waits for other tasks or was claimed just now.`, {
        number: task.number,
      });
    return claimed;
  }).then((claim) => {
    if (claim.fence >= 0) return claim;
    throw new GuildhallError('invalid_transition', {
      message: claim.task.blocked_reason ?? 'The task is blocked.',
      detail: { state: claim.task.state },
    });
  });
}

/** The kill switch holds for those too that fetch their work themselves. */
async function refuseWhileStopped(tx: Context, task: Task): Promise<void> {
  const { principal } = tx;
  if (principal.kind !== 'agent') return;
  const why = await whyStopped(tx, principal.agentId);
  if (why !== undefined)
    throw errors.conflict(`Task ${task.number} cannot be claimed now. ${why}`, { number: task.number });
}

async function takeClaim(tx: Context, task: Task, owner: string, isOwn: boolean): Promise<Claim | undefined> {
  const now = tx.house.clock.now();
  const leaseExpiresAt = now + tx.house.limits.taskLeaseMs;
  const claimed = (await tx.db
    .updateTable('tasks')
    .set({
      state: 'claimed',
      claim_owner: owner,
      worked_by: tx.principal.kind === 'agent' ? tx.principal.agentId : null,
      claim_fence: task.claim_fence + 1,
      attempts: isOwn ? task.attempts : task.attempts + 1,
      lease_expires_at: leaseExpiresAt,
      claimed_at: now,
      updated_at: now,
    })
    .where('id', '=', task.id)
    .where('state', '=', task.state)
    .where('claim_fence', '=', task.claim_fence)
    .where('deleted_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('task_dependencies')
            .innerJoin('tasks as needed', 'needed.id', 'task_dependencies.depends_on_id')
            .select('needed.id')
            .whereRef('task_dependencies.task_id', '=', 'tasks.id')
            .where('needed.state', '<>', 'done'),
        ),
      ),
    )
    .returningAll()
    .executeTakeFirst()) as Task | undefined;
  if (claimed === undefined) return undefined;
  recordTask(tx, claimed, 'task.claimed', { owner, fence: claimed.claim_fence, attempt: claimed.attempts });
  return { task: claimed, fence: claimed.claim_fence, leaseExpiresAt };
}

/** Claims the most urgent, oldest ready task of these agents (or of nobody, when they are absent). Undefined when there is none. */
export async function claimNextTask(
  context: Context,
  scope: TaskScope,
  assigneeIds: string[] | undefined,
  owner: string,
): Promise<Claim | undefined> {
  for (let tries = 0; tries < 5; tries++) {
    const next = await peekNextTask(context, scope, assigneeIds);
    if (next === undefined) return undefined;
    try {
      return await claimTask(context, scope, next.id, owner);
    } catch (error) {
      // Somebody else was faster: take the next one.
      const isLost =
        error instanceof GuildhallError && ['conflict', 'stale_fence', 'invalid_transition'].includes(error.code);
      if (!isLost) throw error;
    }
  }
  return undefined;
}

/** What `claimNextTask` would take, without taking it. */
export async function peekNextTask(
  context: Context,
  scope: TaskScope,
  assigneeIds: string[] | undefined,
): Promise<Task | undefined> {
  let query = context.db
    .selectFrom('tasks')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('state', '=', 'queued')
    .where('deleted_at', 'is', null)
    .where(
      sql<boolean>`not exists (select 1 from task_dependencies d join tasks n on n.id = d.depends_on_id where d.task_id = tasks.id and n.state <> 'done')`,
    )
    .orderBy('priority')
    .orderBy('number')
    .limit(1);
  const { principal } = context;
  if (principal.kind === 'agent')
    // What it is not equipped for it could not claim, and would find again each time.
    query = query.where(
      sql<boolean>`not exists (select 1 from task_required_tools t where t.task_id = tasks.id and not exists (
        select 1 from agent_integrations i where i.agent_id = ${principal.agentId}
          and i.integration_id = t.integration_id and i.is_enabled))`,
    );
  if (scope.officeId !== undefined) query = query.where('office_id', '=', scope.officeId);
  query =
    assigneeIds === undefined
      ? query.where('assignee_id', 'is', null)
      : query.where('assignee_id', 'in', [...assigneeIds, '']);
  return (await query.executeTakeFirst()) as Task | undefined;
}

/** Extends a claim. Throws `stale_fence` when it is not held any more. */
export async function renewTaskClaim(context: Context, taskId: string, fence: number): Promise<void> {
  const { numUpdatedRows } = await context.db
    .updateTable('tasks')
    .set({ lease_expires_at: context.house.clock.now() + context.house.limits.taskLeaseMs })
    .where('id', '=', taskId)
    .where('state', '=', 'claimed')
    .where('claim_fence', '=', fence)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw errors.staleFence('task', taskId);
}

/** Gives a claimed task back to the queue. */
export async function releaseTask(context: Context, scope: TaskScope, key: string, fence: number): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    assertFence(task, fence);
    return task.attempts >= task.attempts_max ? breakCircuit(tx, task) : moveTask(tx, task, 'release', {});
  });
}

/** Throws unless `fence` is the one that the task was claimed under last. */
export function assertFence(task: Task, fence: number): void {
  if (task.claim_fence !== fence || task.state !== 'claimed') throw errors.staleFence('task', String(task.number));
}

/** Claimed too often without an end: a person has to look. */
async function breakCircuit(tx: Context, task: Task): Promise<Task> {
  const reason = `Claimed ${task.attempts} times without a result. Look at its runs, change it, then unblock it.`;
  return moveTask(tx, task, 'block', { blocked_reason: reason, failure_code: 'circuit_open' }, { reason });
}

const EXPIRE_TASKS_MAX = 200;

/** Takes tasks back whose worker has not renewed its lease. Claims of runs are left to the run's own lease. */
export async function expireTaskLeases(context: Context): Promise<number> {
  const late = (await context.db
    .selectFrom('tasks')
    .selectAll()
    .where('state', '=', 'claimed')
    .where('lease_expires_at', '<', context.house.clock.now())
    .where('claim_owner', 'not like', 'run:%')
    .limit(EXPIRE_TASKS_MAX)
    .execute()) as Task[];
  for (const task of late) await giveBack(context, task, 'the lease ran out');
  return late.length;
}

/** The id of whoever holds a task, from a name such as `run:…`. */
const ownerWithout = (prefix: string) => sql<string>`substr(tasks.claim_owner, ${sql.lit(prefix.length + 1)})`;

/** Takes tasks back that a run held which is no longer under way, and those of agents that were fired. */
export async function returnOrphanedTasks(context: Context): Promise<number> {
  const orphans = (await context.db
    .selectFrom('tasks')
    .selectAll()
    .where('state', '=', 'claimed')
    .where('deleted_at', 'is', null)
    .where(({ and, eb, exists, not, or, selectFrom }) =>
      or([
        and([
          eb('claim_owner', 'like', 'run:%'),
          not(
            exists(selectFrom('runs').select('runs.id').where('runs.id', '=', ownerWithout('run:')).where(isOpenRun)),
          ),
        ]),
        and([
          eb('claim_owner', 'like', 'agent:%'),
          exists(
            selectFrom('agents')
              .select('agents.id')
              .where('agents.id', '=', ownerWithout('agent:'))
              .where('agents.deleted_at', 'is not', null),
          ),
        ]),
      ]),
    )
    .limit(EXPIRE_TASKS_MAX)
    .execute()) as Task[];
  for (const task of orphans) await giveBack(context, task, 'whoever held it is gone');
  return orphans.length;
}

/** Back to the queue (or blocked, when it was tried too often), unless it has moved on meanwhile. */
async function giveBack(context: Context, seen: Task, reason: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const task = await loadTask(tx, { organizationId: seen.organization_id }, seen.id, 'tasks:write', 'row');
    if (task.claim_fence !== seen.claim_fence || task.state !== 'claimed') return;
    const assignee = await assigneeStillThere(tx, task);
    await (task.attempts >= task.attempts_max
      ? breakCircuit(tx, task)
      : moveTask(tx, task, 'release', { assignee_id: assignee }, { reason }));
  });
}

async function assigneeStillThere(tx: Context, task: Task): Promise<string | null> {
  if (task.assignee_id === null) return null;
  const agent = await tx.db
    .selectFrom('agents')
    .select('deleted_at')
    .where('id', '=', task.assignee_id)
    .executeTakeFirst();
  return agent?.deleted_at === null ? task.assignee_id : null;
}
