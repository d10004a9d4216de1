import { canonicalJson, errors, type JsonObject, sha256Hex } from '@guildhall/kernel';
import { authorize } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import type { Completion, EvidenceProblem, VerificationType } from './evidence.ts';
import type { Task } from './task-store.ts';

/** What the house does to see that a task is done. */
export type Verification =
  | { type: 'command'; command: string }
  | { type: 'api_works'; url: string; status: number; contains: string | undefined };

const COMMAND_CHARS_MAX = 4_000;
const URL_CHARS_MAX = 2_000;
const CONTAINS_CHARS_MAX = 1_000;

/** Whether the house has to act to check it; the others are checked against what it holds. */
export function needsProof(type: VerificationType): boolean {
  return type === 'command' || type === 'api_works';
}

/** Checks what a task's filer wants to be verified. Throws `validation_failed` with the field. */
export function readVerification(type: VerificationType, given: JsonObject | undefined): JsonObject | null {
  if (!needsProof(type)) {
    if (given !== undefined) throw errors.validationFailed('verification', `is not for "${type}"`);
    return null;
  }
  const text = (name: string, charactersMax: number) => {
    const value = given?.[name];
    if (typeof value !== 'string' || value.trim() === '' || value.length > charactersMax)
      throw errors.validationFailed(`verification.${name}`, `is not a text of 1 to ${charactersMax} characters`);
    return value;
  };
  if (type === 'command') return { command: text('command', COMMAND_CHARS_MAX) };
  const url = text('url', URL_CHARS_MAX);
  if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol))
    throw errors.validationFailed('verification.url', 'is not an http or https address');
  const status = given?.status ?? 200;
  if (!Number.isInteger(status) || Number(status) < 100 || Number(status) > 599)
    throw errors.validationFailed('verification.status', 'is not an HTTP status');
  return {
    url,
    status,
    ...(given?.contains === undefined ? {} : { contains: text('contains', CONTAINS_CHARS_MAX) }),
  };
}

/** What has to be done for a task; undefined when nothing has. */
export function verificationOf(task: Pick<Task, 'verification_type' | 'verification'>): Verification | undefined {
  const { verification } = task;
  if (verification === null) return undefined;
  if (task.verification_type === 'command') return { type: 'command', command: String(verification.command) };
  return {
    type: 'api_works',
    url: String(verification.url),
    status: Number(verification.status),
    contains: typeof verification.contains === 'string' ? verification.contains : undefined,
  };
}

/** Binds what was seen to whoever holds the task and to the completion that it was seen for. */
function proofOf({ claim_owner }: Task, { result, evidence }: Completion): string {
  return sha256Hex(canonicalJson({ claim_owner, result, evidence: evidence as JsonObject }));
}

/** Keeps that the house has seen the verification pass. Nobody else can write this. */
export async function keepProof(context: Context, task: Task, completion: Completion): Promise<void> {
  const { numUpdatedRows } = await context.db
    .updateTable('tasks')
    .set({ proof: proofOf(task, completion) })
    .where('id', '=', task.id)
    .where('state', '=', 'claimed')
    .where('claim_fence', '=', task.claim_fence)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw errors.staleFence('task', String(task.number));
}

/** `proved`: the house has seen it. `decided`: a person says so, who may. `unproved`: somebody has to look. */
export function standingOf(context: Context, task: Task, completion: Completion): 'proved' | 'decided' | 'unproved' {
  if (task.proof !== null && task.proof === proofOf(task, completion)) return 'proved';
  try {
    const place = { organizationId: task.organization_id, officeId: task.office_id, what: 'task', id: task.id };
    authorize(context.principal, 'tasks:decide', place);
    return 'decided';
  } catch {
    return 'unproved';
  }
}

/** What did not hold when the house looked. */
export function problemOf(reason: string): EvidenceProblem {
  return { field: 'verification', reason };
}
