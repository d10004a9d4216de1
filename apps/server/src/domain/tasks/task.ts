import { errors, GuildhallError } from '@guildhall/kernel';

/**
 *                 ┌───────── release, expire, retry ──────────┐
 *                 ▼                                           │
 *   (new) ──▶ queued ──claim──▶ claimed ──submit──▶ review    │
 *                 ▲                │  │                │  │    │
 *                 │                │  └──complete──┐   │  └─reject (back to queued)
 *              unblock             │               ▼   ▼
 *                 │                ├──fail──▶   done ◀─accept
 *   blocked ◀─────┴──block─────────┘
 *
 * Every open state can be cancelled; `done`, `failed` and `cancelled` are left only by `reopen`, which a person asks for.
 */
export const taskStates = ['queued', 'claimed', 'review', 'done', 'failed', 'blocked', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];

export type TaskAction =
  | 'claim'
  | 'release'
  | 'submit'
  | 'complete'
  | 'fail'
  | 'block'
  | 'unblock'
  | 'accept'
  | 'reject'
  | 'cancel'
  | 'reopen';

const transitions: Record<TaskState, Partial<Record<TaskAction, TaskState>>> = {
  queued: { claim: 'claimed', block: 'blocked', cancel: 'cancelled' },
  claimed: {
    release: 'queued',
    submit: 'review',
    complete: 'done',
    fail: 'failed',
    block: 'blocked',
    cancel: 'cancelled',
  },
  review: { accept: 'done', reject: 'queued', block: 'blocked', cancel: 'cancelled' },
  blocked: { unblock: 'queued', cancel: 'cancelled' },
  done: { reopen: 'queued' },
  failed: { reopen: 'queued' },
  cancelled: { reopen: 'queued' },
};

/** What may be done in a state. */
export function taskActions(state: TaskState): TaskAction[] {
  return Object.keys(transitions[state]) as TaskAction[];
}

/** The state after an action. Throws `invalid_transition` with what is possible instead. */
export function nextState(state: TaskState, action: TaskAction): TaskState {
  const next = transitions[state][action];
  if (next !== undefined) return next;
  throw new GuildhallError('invalid_transition', {
    message: `A task that is ${state} cannot ${action}.`,
    detail: { state, action, possible: taskActions(state) },
  });
}

const TITLE_CHARS_MAX = 500;
const DESCRIPTION_CHARS_MAX = 50_000;

/** Checks a title; space around it is not part of it. */
export function taskTitle(text: string): string {
  const title = text.trim();
  if (title === '') throw errors.validationFailed('title', 'is empty');
  if (title.length > TITLE_CHARS_MAX)
    throw errors.validationFailed('title', `is longer than ${TITLE_CHARS_MAX} characters`);
  return title;
}

export function taskDescription(text: string): string {
  if (text.length <= DESCRIPTION_CHARS_MAX) return text;
  throw errors.validationFailed('description', `is longer than ${DESCRIPTION_CHARS_MAX} characters`);
}
