import type { LanguageModelV3, LanguageModelV3CallOptions, LanguageModelV3Prompt } from '@ai-sdk/provider';
import { cleanJson, cleanText, type JsonObject } from '@guildhall/kernel';
import type { ToolSpec } from '../dispatch/tool.ts';
import type { Usage } from '../journal.ts';
import { ModelFailure, toModelFailure } from './model-failure.ts';
import { estimateTokens } from './transcript.ts';

export interface ModelCall {
  prompt: LanguageModelV3Prompt;
  tools: readonly ToolSpec[];
  /** False: the tools are named, because the prompt speaks of them, and none may be called. */
  mayCallTools: boolean;
  outputTokensMax: number;
  /** The longest that the provider may be silent. */
  silenceMs: number;
  /** The longest that the whole answer may take. */
  totalMs: number;
  signal: AbortSignal;
  onText(text: string): void;
}

export interface ModelAnswer {
  text: string;
  toolCalls: { name: string; input: JsonObject | undefined }[];
  usage: Usage;
  /** The model was cut off by its output limit. */
  isCutOff: boolean;
}

/** An answer longer than this is no answer: the stream is ended. */
const TEXT_CHARS_MAX = 400_000;
const TOOL_CALLS_MAX = 64;

/** One streamed call. Throws `ModelFailure`; when the caller's own signal is aborted, its reason. */
export async function callModel(model: LanguageModelV3, call: ModelCall): Promise<ModelAnswer> {
  const silence = new AbortController();
  const timeout = AbortSignal.timeout(call.totalMs);
  let timer = setTimeout(() => silence.abort(new DOMException('silent', 'TimeoutError')), call.silenceMs);
  const signal = AbortSignal.any([call.signal, silence.signal, timeout]);
  const answer: ModelAnswer = {
    text: '',
    toolCalls: [],
    usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    isCutOff: false,
  };
  let isFinished = false;
  try {
    const { stream } = await model.doStream(optionsOf(call, signal));
    for await (const part of stream) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new DOMException('silent', 'TimeoutError')), call.silenceMs);
      if (signal.aborted) throw signal.reason;
      switch (part.type) {
        case 'text-delta':
          answer.text += part.delta;
          if (answer.text.length > TEXT_CHARS_MAX) throw new ModelFailure('broken_answer', 'The answer has no end.');
          call.onText(part.delta);
          break;
        case 'tool-call':
          if (answer.toolCalls.length >= TOOL_CALLS_MAX)
            throw new ModelFailure('broken_answer', `The answer calls more than ${TOOL_CALLS_MAX} tools at once.`);
          answer.toolCalls.push({ name: part.toolName, input: objectIn(part.input) });
          break;
        case 'finish':
          isFinished = true;
          answer.usage = {
            // A server that does not count is charged by what went over the wire.
            inputTokens: part.usage.inputTokens.total ?? estimateTokens(JSON.stringify(call.prompt)),
            cachedInputTokens: part.usage.inputTokens.cacheRead ?? 0,
            outputTokens:
              part.usage.outputTokens.total ?? estimateTokens(answer.text + JSON.stringify(answer.toolCalls)),
          };
          answer.isCutOff = part.finishReason.unified === 'length';
          if (part.finishReason.unified === 'content-filter') throw new ModelFailure('refused', 'The model refused.');
          break;
        case 'error':
          throw part.error;
        default:
      }
    }
    if (!isFinished) throw new ModelFailure('broken_answer', 'The model’s answer broke off.');
    // A lone half of a surrogate pair would be refused by every database further on.
    return { ...answer, text: cleanText(answer.text) };
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    const isLate = silence.signal.aborted || timeout.aborted;
    const failure = isLate ? new ModelFailure('timed_out', 'The model did not answer in time.') : toModelFailure(error);
    const said = answer.text + (answer.toolCalls.length === 0 ? '' : JSON.stringify(answer.toolCalls));
    if (said !== '') {
      const inputTokens = estimateTokens(JSON.stringify(call.prompt));
      failure.spent = { inputTokens, cachedInputTokens: 0, outputTokens: estimateTokens(said) };
    }
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

function optionsOf(call: ModelCall, abortSignal: AbortSignal): LanguageModelV3CallOptions {
  return {
    prompt: call.prompt,
    maxOutputTokens: call.outputTokensMax,
    abortSignal,
    ...(call.tools.length === 0
      ? {}
      : {
          tools: call.tools.map(({ name, description, inputSchema }) => ({
            type: 'function' as const,
            name,
            description,
            inputSchema,
          })),
          ...(call.mayCallTools ? {} : { toolChoice: { type: 'none' as const } }),
        }),
  };
}

/** A model writes what it likes: only a JSON object without harm in it is an input. */
function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? cleanJson(value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
