import { decodeCursor, errors, type Json, newId, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { TaskArtifactRow } from '../../schema/index.ts';
import { principalName } from '../access/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { accessOf, findFile, readerOf } from '../drive/index.ts';
import type { Evidence } from './evidence.ts';
import { recordTask } from './move.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';

export type TaskArtifact = Selectable<TaskArtifactRow>;

export const artifactKinds = ['file', 'link'] as const;

export interface ArtifactInput {
  kind: (typeof artifactKinds)[number];
  /** A name on the drive, or an http(s) address. */
  path: string;
  label?: string | undefined;
}

const ARTIFACTS_MAX = 200;

/**
 * Names what came out of a task: a file that is on the drive, or an address. The same path again answers with what is there.
 * Files in the evidence of a completion are added by themselves. Throws `validation_failed`, `conflict` when there are too many.
 */
export async function addArtifact(
  context: Context,
  scope: TaskScope,
  key: string,
  input: ArtifactInput,
): Promise<TaskArtifact> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    await checkPath(tx, task, input);
    const known = await tx.db
      .selectFrom('task_artifacts')
      .selectAll()
      .where('task_id', '=', task.id)
      .where('path', '=', input.path)
      .executeTakeFirst();
    if (known !== undefined) return known;
    const { count } = await tx.db
      .selectFrom('task_artifacts')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('task_id', '=', task.id)
      .executeTakeFirstOrThrow();
    if (Number(count) >= ARTIFACTS_MAX)
      throw errors.conflict(`Task ${task.number} has ${ARTIFACTS_MAX} artifacts: it takes no more.`, {
        number: task.number,
      });
    const artifact = await tx.db
      .insertInto('task_artifacts')
      .values(rowOf(tx, task, input))
      .returningAll()
      .executeTakeFirstOrThrow();
    // Not its path: events are read by agents that may not know of the file.
    recordTask(tx, task, 'task.artifact_added', { artifact_id: artifact.id, kind: artifact.kind });
    return artifact;
  });
}

/** Keeps the files that a completion names, in its transaction. */
export async function keepEvidenceFiles(tx: Context, task: Task, { files = [] }: Evidence): Promise<void> {
  const names = [...new Set(files.map(({ name }) => name))];
  if (names.length === 0) return;
  await tx.db
    .insertInto('task_artifacts')
    .values(names.map((path) => rowOf(tx, task, { kind: 'file', path })))
    .onConflict((conflict) => conflict.columns(['task_id', 'path']).doNothing())
    .execute();
}

/** What came out of a task, newest first, without files that the caller may not read. The caller has loaded the task. */
export async function listArtifacts(context: Context, task: Task, page: PageRequest): Promise<Page<TaskArtifact>> {
  let query = context.db
    .selectFrom('task_artifacts')
    .selectAll()
    .where('task_id', '=', task.id)
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  const { items, ...rest } = pageOf(await query.execute(), page.limit, ({ id }) => [id]);
  if (readerOf(context) === undefined) return { items, ...rest };
  const visible: TaskArtifact[] = [];
  for (const item of items)
    if (item.kind !== 'file' || (await isReadable(context, task.office_id, item.path))) visible.push(item);
  return { items: visible, ...rest };
}

const nameIn = (file: Json | undefined) =>
  typeof file === 'object' && file !== null && 'name' in file ? String(file.name) : '';

const ON_DRIVE = 'drive:';

/** What proves a task, without files that the caller may not know of: whoever names one in `files` or as a source `drive:<name>`. */
export async function evidenceFor(context: Context, task: Task): Promise<Task['evidence']> {
  if (readerOf(context) === undefined) return task.evidence;
  const { files, sources } = task.evidence;
  const isShown = async (name: string) => isReadable(context, task.office_id, name);
  const shown = { ...task.evidence };
  if (Array.isArray(files)) shown.files = await keep(files, (file) => isShown(nameIn(file)));
  if (Array.isArray(sources))
    shown.sources = await keep(sources, async (source) => {
      const named = String(source);
      return !named.startsWith(ON_DRIVE) || isShown(named.slice(ON_DRIVE.length));
    });
  return shown;
}

async function keep(items: readonly Json[], isKept: (item: Json) => Promise<boolean>): Promise<Json[]> {
  const kept = await Promise.all(items.map(isKept));
  return items.filter((_, index) => kept[index]);
}

function rowOf(tx: Context, task: Task, { kind, path, label }: ArtifactInput): TaskArtifact {
  return {
    id: newId(),
    task_id: task.id,
    office_id: task.office_id,
    kind,
    path,
    label: label ?? null,
    created_by: principalName(tx.principal),
    created_at: tx.house.clock.now(),
  };
}

async function checkPath(tx: Context, task: Task, { kind, path }: ArtifactInput): Promise<void> {
  if (kind === 'link') {
    const isAddress = URL.canParse(path) && ['http:', 'https:'].includes(new URL(path).protocol);
    if (!isAddress) throw errors.validationFailed('path', 'is not an http or https address');
    return;
  }
  if (!(await isReadable(tx, task.office_id, path)))
    throw errors.validationFailed('path', 'is not a file on the drive', 'Upload it first, or use kind "link".');
}

async function isReadable(context: Context, officeId: string, name: string): Promise<boolean> {
  const file = await findFile(context, officeId, name);
  return file !== undefined && (await accessOf(context, file)) !== 'none';
}
