import type { JsonObject } from '@guildhall/kernel';
import type { ToolAnswer } from '../dispatch/tool.ts';
import type { TurnCause, TurnOutcome } from '../driver.ts';
import type { ModelStep } from '../journal.ts';

/** The tools that end a turn. The house checks what they are given; only what it accepts is an end. */
export const endingTools = { done: 'task_complete', blocked: 'task_block', review: 'review_decide' } as const;

/** What a step means for the turn: its outcome, or undefined when the turn goes on. */
export function endOfTurn(cause: TurnCause, step: ModelStep, answers: readonly ToolAnswer[]): TurnOutcome | undefined {
  for (const [index, call] of step.toolCalls.entries()) {
    const input = call.input ?? {};
    if (answers[index]?.status !== 'done') continue;
    if (cause.kind === 'task' && call.name === endingTools.done)
      return { kind: 'task_done', result: String(input.result), evidence: (input.evidence ?? {}) as JsonObject };
    if (cause.kind === 'task' && call.name === endingTools.blocked)
      return { kind: 'task_blocked', reason: String(input.reason) };
    if (cause.kind === 'review' && call.name === endingTools.review)
      return {
        kind: 'review',
        accepted: input.accepted === true || input.accepted === 'true',
        notes: String(input.notes),
      };
  }
  const isReply = cause.kind === 'message' && step.toolCalls.length === 0 && step.text.trim() !== '';
  return isReply ? { kind: 'reply', text: step.text.trim() } : undefined;
}

/** What the model is told when it stops without an end. */
export function reminderFor(cause: TurnCause): string {
  switch (cause.kind) {
    case 'message':
      return 'You wrote nothing. Write your reply as text.';
    case 'task':
      return 'The task is not ended by text. Call task_complete with the result and its evidence, or task_block with the reason.';
    case 'review':
      return 'The review is not ended by text. Call review_decide.';
  }
}
