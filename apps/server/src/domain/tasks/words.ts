import { errors } from '@guildhall/kernel';
import type { TaskState } from './task.ts';

/** How each API calls the states. `state` itself goes out beside the word, so nothing is lost in translation. */
export const taskWords: Record<TaskState, { office: OfficeTaskWord; ops: OpsTaskWord }> = {
  queued: { office: 'queued', ops: 'todo' },
  claimed: { office: 'running', ops: 'in_progress' },
  review: { office: 'running', ops: 'review' },
  done: { office: 'completed', ops: 'done' },
  failed: { office: 'failed', ops: 'blocked' },
  // Nobody works on it until a person looks: who counts what has ended well or badly is to see it.
  blocked: { office: 'failed', ops: 'blocked' },
  cancelled: { office: 'failed', ops: 'archived' },
};

export type OfficeTaskWord = 'queued' | 'running' | 'completed' | 'failed';
export type OpsTaskWord = 'todo' | 'in_progress' | 'review' | 'done' | 'blocked' | 'archived';

const ALIASES = new Map<string, TaskState[]>([
  ['cancelled', ['cancelled']],
  ['claimed', ['claimed']],
  ['pending', ['queued']],
]);

/** A word of either API (or a core state) → the states that it stands for; undefined when it is none. */
export function statesCalled(word: string): TaskState[] | undefined {
  const entries = Object.entries(taskWords) as [TaskState, { office: string; ops: string }][];
  const exact = entries.filter(([, words]) => words.office === word || words.ops === word).map(([state]) => state);
  if (exact.length > 0) return exact;
  return ALIASES.get(word) ?? (Object.hasOwn(taskWords, word) ? [word as TaskState] : undefined);
}

/** The one state that somebody means who sets a status. Throws `validation_failed`. */
export function stateWanted(word: string): TaskState {
  // The ops API says `blocked` for what failed too.
  if (word === 'blocked') return 'blocked';
  const [state] = statesCalled(word) ?? [];
  if (state === undefined) throw errors.validationFailed('status', `"${word}" is not a status`);
  return state;
}
