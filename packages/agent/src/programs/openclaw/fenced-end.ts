import type { JsonObject } from '@guildhall/kernel';
import type { TurnCause } from '../../driver.ts';
import { endingTools } from '../../model/end-of-turn.ts';

const FENCE = /```(?:json)?[^\S\n]*\n([^`]{1,100000})\n[^\S\n]*```/g;

/** What the agent is told about how to end, for a model that calls no tools. */
export function endInstructions(cause: TurnCause): string {
  switch (cause.kind) {
    case 'message':
      return 'Your last text is sent as your reply.';
    case 'task':
      return 'Only if you cannot call task_complete and task_block, end your last message with a fenced JSON block in their place: ```json\n{"result": "what came of it", "evidence": {}}\n``` with the evidence that is asked for, or, when you cannot go on: ```json\n{"blocked": "the reason"}\n```';
    case 'review':
      return 'Only if you cannot call review_decide, end your last message with a fenced JSON block in its place: ```json\n{"accepted": true, "notes": "what you checked"}\n``` with false and what is missing when you reject it.';
  }
}

/** The call of an ending tool that the last fenced block of a text stands for; undefined when it stands for none. */
export function fencedEnd(cause: TurnCause, text: string): { name: string; input: JsonObject } | undefined {
  const last = [...text.matchAll(FENCE)].at(-1)?.[1];
  const block = last === undefined ? undefined : objectIn(last);
  if (block === undefined) return undefined;
  if (cause.kind === 'task') {
    if (typeof block.blocked === 'string') return { name: endingTools.blocked, input: { reason: block.blocked } };
    if (typeof block.result === 'string')
      return { name: endingTools.done, input: { result: block.result, evidence: block.evidence ?? {} } };
  }
  if (cause.kind === 'review' && typeof block.accepted === 'boolean')
    return { name: endingTools.review, input: { accepted: block.accepted, notes: String(block.notes ?? '') } };
  return undefined;
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
