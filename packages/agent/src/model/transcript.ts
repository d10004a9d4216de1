import type { LanguageModelV3Message, LanguageModelV3Prompt, LanguageModelV3ToolResultPart } from '@ai-sdk/provider';
import type { ToolAnswer } from '../dispatch/tool.ts';
import type { Turn } from '../driver.ts';
import type { ModelStep } from '../journal.ts';
import { causePrompt, systemPrompt } from './prompt.ts';

/** One model step with what its tool calls answered, in their order. */
export interface Exchange {
  step: ModelStep;
  answers: ToolAnswer[];
  /** What the house said after it: the turn does not end yet, and why. */
  reminder?: string;
}

const CHARS_PER_TOKEN = 3;

/** About how many tokens a text has: rather too many than too few. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

/** The turn as messages. A summary stands for everything before it; the cause is always there in its own words. */
export function promptOf(turn: Turn, exchanges: readonly Exchange[]): LanguageModelV3Prompt {
  const from = exchanges.findLastIndex(({ step }) => step.kind === 'summary');
  const summary = exchanges[from]?.step.text;
  const opening = [
    causePrompt(turn.cause),
    ...(summary === undefined ? [] : [`What you did so far, in your own summary:\n${summary}`]),
  ].join('\n\n');
  const messages: LanguageModelV3Message[] = [
    // The same for every call of the run: providers that cache prompts keep it.
    { role: 'system', content: systemPrompt(turn), providerOptions: CACHED },
    { role: 'user', content: [{ type: 'text', text: opening, providerOptions: CACHED }] },
  ];
  for (const exchange of exchanges.slice(from + 1)) messages.push(...messagesOf(exchange));
  // The transcript only grows: what was read once is there for the next call to go on from.
  const last = messages.at(-1);
  if (last !== undefined && messages.length > 2) last.providerOptions = CACHED;
  return messages;
}

const CACHED = { anthropic: { cacheControl: { type: 'ephemeral' } } };

function messagesOf({ step, answers, reminder }: Exchange): LanguageModelV3Message[] {
  const said = step.text.trim() === '' ? [] : [{ type: 'text' as const, text: step.text }];
  const calls = step.toolCalls.map(({ callId, name, input }) => ({
    type: 'tool-call' as const,
    toolCallId: callId,
    toolName: name,
    input: input ?? {},
  }));
  const content = [...said, ...calls];
  return [
    ...(content.length === 0 ? [] : [{ role: 'assistant' as const, content }]),
    ...(calls.length === 0
      ? []
      : [{ role: 'tool' as const, content: step.toolCalls.map((call, index) => resultPart(call, answers[index])) }]),
    ...(reminder === undefined
      ? []
      : [{ role: 'user' as const, content: [{ type: 'text' as const, text: reminder }] }]),
  ];
}

function resultPart(
  { callId, name }: ModelStep['toolCalls'][number],
  answer: ToolAnswer | undefined,
): LanguageModelV3ToolResultPart {
  const part = { type: 'tool-result' as const, toolCallId: callId, toolName: name };
  if (answer === undefined) return { ...part, output: { type: 'error-text', value: 'The call was not made.' } };
  if (answer.status === 'refused') return { ...part, output: { type: 'error-text', value: answer.message } };
  return typeof answer.result === 'string'
    ? { ...part, output: { type: 'text', value: answer.result } }
    : { ...part, output: { type: 'json', value: answer.result as never } };
}
