import { clipText } from '@guildhall/kernel';
import type { ToolAnswer } from '../dispatch/tool.ts';
import type { TurnCause } from '../driver.ts';
import type { JournalToolCall } from '../journal.ts';
import { causePrompt } from '../model/prompt.ts';

/** A call that the program had made when it ended, with its answer when there is one. */
export interface CutOffCall {
  call: JournalToolCall;
  /** Undefined: it was the program's own, and nobody knows whether it had its effect. */
  answer: ToolAnswer | undefined;
}

const RESTARTED =
  'The process was restarted; go on where you were. A call without an answer may or may not have had its effect: look before you repeat it.';
const ANSWER_CHARS_MAX = 4_000;
const CALLS_CHARS_MAX = 40_000;

/**
 * What a program is told when it goes on in its session. It may have forgotten the message that it ended in, so its last calls
 * are told with what came of them.
 */
export function resumePrompt(calls: readonly CutOffCall[]): string {
  if (calls.length === 0) return RESTARTED;
  return `${RESTARTED}\n\nYour last calls:\n${clipText(calls.map(lineOf).join('\n'), CALLS_CHARS_MAX)}`;
}

/** The same for a program whose session is gone: the cause in its own words, and everything that was done. */
export function retoldPrompt(cause: TurnCause, calls: readonly CutOffCall[]): string {
  const done = clipText(calls.map(lineOf).join('\n'), CALLS_CHARS_MAX);
  return `${causePrompt(cause)}\n\n${RESTARTED}${done === '' ? '' : `\n\nWhat you have done so far:\n${done}`}`;
}

function lineOf({ call, answer }: CutOffCall): string {
  const asked = `- ${call.name} ${clipText(JSON.stringify(call.input ?? {}), ANSWER_CHARS_MAX)}`;
  if (answer === undefined) return `${asked}\n  not answered`;
  if (answer.status === 'refused') return `${asked}\n  refused: ${clipText(answer.message, ANSWER_CHARS_MAX)}`;
  const text = typeof answer.result === 'string' ? answer.result : JSON.stringify(answer.result);
  return `${asked}\n  answered: ${clipText(text, ANSWER_CHARS_MAX)}`;
}
