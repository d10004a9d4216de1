import { decodeCursor, errors, newId, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { TaskCommentRow } from '../../schema/index.ts';
import { actorOf, principalName } from '../access/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { recordTask } from './move.ts';
import { loadTask, type TaskScope } from './task-store.ts';

export type TaskComment = Selectable<TaskCommentRow>;

const COMMENT_CHARS_MAX = 10_000;
const COMMENTS_MAX = 1_000;

/** Says something about a task, whatever its state: whoever works on it reads it. Throws `validation_failed`, `conflict`. */
export async function addComment(context: Context, scope: TaskScope, key: string, text: string): Promise<TaskComment> {
  const body = text.trim();
  if (body === '') throw errors.validationFailed('body', 'is empty');
  if (body.length > COMMENT_CHARS_MAX)
    throw errors.validationFailed('body', `is longer than ${COMMENT_CHARS_MAX} characters`);
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    const { count } = await tx.db
      .selectFrom('task_comments')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('task_id', '=', task.id)
      .executeTakeFirstOrThrow();
    if (Number(count) >= COMMENTS_MAX)
      throw errors.conflict(`Task ${task.number} has ${COMMENTS_MAX} comments: it takes no more.`, {
        number: task.number,
      });
    const comment = await tx.db
      .insertInto('task_comments')
      .values({
        id: newId(),
        task_id: task.id,
        office_id: task.office_id,
        author_kind: actorOf(tx.principal).kind,
        author: principalName(tx.principal),
        body,
        created_at: tx.house.clock.now(),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    recordTask(tx, task, 'task.commented', { comment_id: comment.id, author: comment.author });
    return comment;
  });
}

/** What was said about a task, newest first. The caller has loaded the task. */
export async function listComments(context: Context, taskId: string, page: PageRequest): Promise<Page<TaskComment>> {
  let query = context.db
    .selectFrom('task_comments')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, ({ id }) => [id]);
}
