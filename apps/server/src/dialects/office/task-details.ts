import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { permissionsIn } from '../../domain/access/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { messagesOfTask } from '../../domain/conversations/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import {
  acceptTask,
  addArtifact,
  addComment,
  listArtifacts,
  listComments,
  loadTask,
  rejectTask,
  type Task,
  type TaskScope,
  taskLog,
} from '../../domain/tasks/index.ts';
import { taskUsage } from '../../domain/usage/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';
import { listTasks, presentArtifact, presentComment, presentLog, presentTask, presentTasks } from './task-shapes.ts';

const LIMIT_DEFAULT = 100;
/** How much of each list comes with the task itself. */
const NEWEST = { limit: 50 };

/** The task that an address names. */
export async function loadOne(
  context: Context,
  params: { officeId: string; taskId: string },
  permission: 'tasks:read' | 'tasks:write',
): Promise<{ task: Task; scope: TaskScope }> {
  const row = await loadOffice(context, params.officeId, permission);
  const scope = { organizationId: row.organization_id, officeId: row.id };
  return { scope, task: await loadTask(context, scope, params.taskId, permission) };
}

export async function presentDetail(context: Context, scope: TaskScope, task: Task): Promise<office.TaskDetail> {
  const presented = await presentTask(context, task, await taskUsage(context, task.id));
  const { items: logs } = await taskLog(context, task, NEWEST);
  const { items: comments } = await listComments(context, task.id, NEWEST);
  const { items: subtasks } = await listTasks(context, scope, { parentId: task.id }, NEWEST);
  const { items: artifacts } = await listArtifacts(context, task, NEWEST);
  const place = { organizationId: task.organization_id, officeId: task.office_id };
  const mayRead = permissionsIn(context.principal, place).includes('chat:read');
  const messages = mayRead ? await messagesOfTask(context, task.id, NEWEST.limit) : [];
  return {
    ...presented,
    task: presented,
    logs: logs.map((line) => presentLog(task.id, line)),
    comments: comments.map(presentComment),
    subtasks: await presentTasks(context, task.office_id, subtasks),
    artifacts: artifacts.map(presentArtifact),
    linkedMessages: messages.map(({ id, conversation_id, sender, content, created_at }) => ({
      id,
      conversation_id,
      from_agent: sender,
      content,
      created_at: formatInstant(created_at),
      conversationId: conversation_id,
      fromAgent: sender,
      createdAt: formatInstant(created_at),
    })),
  };
}

/** What hangs on a task (spec: mitosis.md 2, task detail; 3.2, verification). */
export function taskDetailRoutes(door: Door): void {
  const tag = 'Tasks';
  const base = '/api/v1/offices/:officeId/tasks/:taskId';
  const params = office.TaskParams;
  const pageOf = (query: office.PageQuery) => ({ limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor });
  door.route(
    {
      method: 'POST',
      path: `${base}/verify`,
      id: 'tasks.verify',
      tag,
      summary: 'Accept the result of a task that waits for review, or send it back',
      description: 'An agent may when it is the reviewer and did not do the work.',
      params,
      body: office.VerifyTaskRequest,
      answers: { 200: office.Task },
      fails: [404, 409, 422],
    },
    async ({ context, params, body }) => {
      const { scope } = await loadOne(context, params, 'tasks:read');
      const { principal } = context;
      // An agent decides in its own name only.
      const named = principal.kind === 'agent' ? undefined : body.reviewer;
      const notes = [named, body.comments].filter((part) => part !== undefined && part !== '').join(': ');
      const task = await (body.accepted
        ? acceptTask(context, scope, params.taskId, notes)
        : rejectTask(context, scope, params.taskId, notes === '' ? 'sent back' : notes));
      return presentTask(context, task, await taskUsage(context, task.id));
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/comments`,
      id: 'tasks.comments',
      tag,
      summary: 'What was said about a task, newest first',
      params,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.TaskComment) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const { task } = await loadOne(context, params, 'tasks:read');
      return itemsWithCursor(reply, await listComments(context, task.id, pageOf(query))).map(presentComment);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/comments`,
      id: 'tasks.comment',
      tag,
      summary: 'Say something about a task',
      description: 'Whoever works on it next reads it. It changes nothing of its state.',
      params,
      body: office.TaskCommentRequest,
      answers: { 201: office.TaskComment },
      fails: [404, 409],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const { scope } = await loadOne(context, params, 'tasks:read');
      return presentComment(await addComment(context, scope, params.taskId, body.body));
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/logs`,
      id: 'tasks.logs',
      tag,
      summary: 'What happened to a task, newest first',
      params,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.TaskLog) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const { task } = await loadOne(context, params, 'tasks:read');
      return itemsWithCursor(reply, await taskLog(context, task, pageOf(query))).map((line) =>
        presentLog(task.id, line),
      );
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/artifacts`,
      id: 'tasks.artifacts',
      tag,
      summary: 'What came out of a task, newest first',
      description: 'Files that its evidence names are among them. What the caller may not read is left out.',
      params,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.TaskArtifact) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const { task } = await loadOne(context, params, 'tasks:read');
      return itemsWithCursor(reply, await listArtifacts(context, task, pageOf(query))).map(presentArtifact);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/artifacts`,
      id: 'tasks.addArtifact',
      tag,
      summary: 'Name something that came out of a task: a file on the drive, or an address',
      description: 'The same path again answers with what is there.',
      params,
      body: office.TaskArtifactRequest,
      answers: { 201: office.TaskArtifact },
      fails: [404, 409],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const { scope } = await loadOne(context, params, 'tasks:read');
      const { path, label } = body;
      const kind = body.kind ?? (/^https?:/.test(path) ? 'link' : 'file');
      return presentArtifact(await addArtifact(context, scope, params.taskId, { kind, path, label }));
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/subtasks`,
      id: 'tasks.subtasks',
      tag,
      summary: 'The parts of a task, newest first',
      params,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.TaskSummary) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const { task, scope } = await loadOne(context, params, 'tasks:read');
      const page = await listTasks(context, scope, { parentId: task.id }, pageOf(query));
      return presentTasks(context, task.office_id, itemsWithCursor(reply, page));
    },
  );
}
