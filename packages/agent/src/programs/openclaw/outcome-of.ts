import type { ToolAnswer } from '../../dispatch/tool.ts';
import type { TurnCause, TurnOutcome } from '../../driver.ts';
import type { JournalToolCall, ModelStep } from '../../journal.ts';
import { endOfTurn } from '../../model/end-of-turn.ts';

/** A call of one of the house's tools with what it came to. */
export interface AnsweredToolCall {
  call: JournalToolCall;
  answer: ToolAnswer;
}

const NOTHING_USED = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** What a text of the program and its calls mean for the turn; undefined when the turn goes on. */
export function outcomeOf(
  cause: TurnCause,
  text: string,
  answered: readonly AnsweredToolCall[],
): TurnOutcome | undefined {
  const toolCalls = answered.map(({ call }) => call);
  const said: ModelStep = { kind: 'answer', model: '', text, toolCalls, usage: NOTHING_USED, durationMs: 0 };
  return endOfTurn(
    cause,
    said,
    answered.map(({ answer }) => answer),
  );
}
