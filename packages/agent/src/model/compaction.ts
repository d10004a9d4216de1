import type { LanguageModelV3Prompt } from '@ai-sdk/provider';
import type { Turn } from '../driver.ts';
import { type Exchange, estimateTokens, promptOf } from './transcript.ts';

const ASK = `Your notes are about to be cut to make room. Write a summary that lets you go on without them. Keep, in this order:
1. What is asked, and every constraint on it.
2. Decisions made, with their reasons.
3. Facts found, each with its source, names and numbers exact.
4. What was done (files written, messages sent, subtasks) and what each came to.
5. Open questions and the next step.
Write only the summary.`;

/** Whether the prompt has outgrown its budget. */
export function isTooLong(prompt: LanguageModelV3Prompt, tokensMax: number): boolean {
  return estimateTokens(JSON.stringify(prompt)) > tokensMax;
}

/**
 * The prompt that asks the model for a summary of its own work. When even that would not fit, the longest tool results are
 * cut first: the words of the agent itself are worth more than what it can read again.
 */
export function compactionPrompt(turn: Turn, exchanges: readonly Exchange[], tokensMax: number): LanguageModelV3Prompt {
  let resultCharsMax = 8_000;
  for (;;) {
    const prompt = promptOf(
      turn,
      exchanges.map((exchange) => cut(exchange, resultCharsMax)),
    );
    const asked: LanguageModelV3Prompt = [...prompt, { role: 'user', content: [{ type: 'text', text: ASK }] }];
    if (!isTooLong(asked, tokensMax) || resultCharsMax <= 200) return asked;
    resultCharsMax = Math.floor(resultCharsMax / 3);
  }
}

function cut(exchange: Exchange, charsMax: number): Exchange {
  return {
    ...exchange,
    answers: exchange.answers.map((answer) => {
      if (answer.status === 'refused') return answer;
      const text = typeof answer.result === 'string' ? answer.result : JSON.stringify(answer.result);
      if (text.length <= charsMax) return answer;
      const half = Math.floor(charsMax / 2);
      return {
        status: 'done',
        result: `${text.slice(0, half).toWellFormed()} […] ${text.slice(-half).toWellFormed()}`,
      };
    }),
  };
}
