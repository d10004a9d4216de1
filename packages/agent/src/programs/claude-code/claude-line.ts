import type { JsonObject } from '@guildhall/kernel';
import type { Usage } from '../../journal.ts';
import type { ToolUse } from '../call-book.ts';
import { asObject, objectIn, objectsIn, textIn } from '../json-fields.ts';

/** Tokens as one line tells them; the end of a message tells its output only. */
export interface LineUsage {
  input: Pick<Usage, 'inputTokens' | 'cachedInputTokens'> | undefined;
  outputTokens: number;
}

/** A line of the program, as far as we care. The program's version 2 writes more kinds, and later ones will. */
export type ClaudeLine =
  | { kind: 'init'; sessionId: string; folder: string }
  | { kind: 'message_start'; id: string; usage: LineUsage }
  | { kind: 'text'; text: string }
  | { kind: 'message_delta'; usage: LineUsage }
  | { kind: 'message_stop' }
  /** One or more finished blocks of a message; the same id comes again for the next block. */
  | { kind: 'assistant'; id: string; text: string; uses: ToolUse[]; usage: LineUsage }
  /** What the program says in the model's place when a call failed. */
  | { kind: 'model_error'; code: string | undefined; status: number | undefined; text: string }
  /** Calls that were answered, the program's own among them. */
  | { kind: 'answered'; answers: { id: string; isError: boolean; text: string }[] }
  | { kind: 'request'; requestId: string; request: JsonObject }
  | { kind: 'result'; isError: boolean; status: number | undefined; text: string }
  | { kind: 'other' };

/** What a line means. */
export function readClaudeLine(line: JsonObject): ClaudeLine {
  // A sub-agent's messages are not the agent's: it has none, and none shall pass for it.
  if (typeof line.parent_tool_use_id === 'string') return { kind: 'other' };
  switch (line.type) {
    case 'system':
      return line.subtype === 'init'
        ? { kind: 'init', sessionId: textIn(line, 'session_id'), folder: textIn(line, 'cwd') }
        : { kind: 'other' };
    case 'stream_event':
      return streamEvent(objectIn(line, 'event'));
    case 'assistant':
      return assistantLine(line);
    case 'user': {
      const results = objectsIn(objectIn(line, 'message'), 'content').filter((block) => block.type === 'tool_result');
      return { kind: 'answered', answers: results.map(answerIn) };
    }
    case 'control_request':
      return { kind: 'request', requestId: textIn(line, 'request_id'), request: objectIn(line, 'request') };
    case 'result':
      return {
        kind: 'result',
        isError: line.is_error === true || line.subtype !== 'success',
        status: numberIn(line, 'api_error_status'),
        text: textIn(line, 'result') || listIn(line, 'errors').map(String).join('\n'),
      };
    default:
      return { kind: 'other' };
  }
}

function answerIn(block: JsonObject): { id: string; isError: boolean; text: string } {
  // A text, or blocks of which some are text.
  const parts = objectsIn(block, 'content').map((part) => textIn(part, 'text'));
  const text = typeof block.content === 'string' ? block.content : parts.join('\n');
  return { id: textIn(block, 'tool_use_id'), isError: block.is_error === true, text };
}

function streamEvent(event: JsonObject): ClaudeLine {
  switch (event.type) {
    case 'message_start': {
      const message = objectIn(event, 'message');
      return { kind: 'message_start', id: textIn(message, 'id'), usage: usageIn(message) };
    }
    case 'content_block_delta': {
      const delta = objectIn(event, 'delta');
      return delta.type === 'text_delta' ? { kind: 'text', text: textIn(delta, 'text') } : { kind: 'other' };
    }
    case 'message_delta':
      return { kind: 'message_delta', usage: usageIn(event) };
    case 'message_stop':
      return { kind: 'message_stop' };
    default:
      return { kind: 'other' };
  }
}

function assistantLine(line: JsonObject): ClaudeLine {
  const message = objectIn(line, 'message');
  const blocks = objectsIn(message, 'content');
  const text = blocks.map((block) => (block.type === 'text' ? textIn(block, 'text') : '')).join('');
  // The program answers in the model's name when there is no answer: no call, no cost.
  if (message.model === '<synthetic>' || typeof line.error === 'string')
    return {
      kind: 'model_error',
      code: typeof line.error === 'string' ? line.error : undefined,
      status: numberIn(line, 'api_error_status'),
      text,
    };
  const uses = blocks
    .filter((block) => block.type === 'tool_use')
    .map((block) => ({ id: textIn(block, 'id'), name: textIn(block, 'name'), input: asObject(block.input) }));
  return { kind: 'assistant', id: textIn(message, 'id'), text, uses, usage: usageIn(message) };
}

function usageIn(holder: JsonObject): LineUsage {
  const usage = objectIn(holder, 'usage');
  const cached = numberIn(usage, 'cache_read_input_tokens') ?? 0;
  const fresh = numberIn(usage, 'input_tokens');
  const written = numberIn(usage, 'cache_creation_input_tokens') ?? 0;
  return {
    input: fresh === undefined ? undefined : { inputTokens: fresh + cached + written, cachedInputTokens: cached },
    outputTokens: numberIn(usage, 'output_tokens') ?? 0,
  };
}

function listIn(holder: JsonObject, key: string): unknown[] {
  const value = holder[key];
  return Array.isArray(value) ? value : [];
}

function numberIn(holder: JsonObject, key: string): number | undefined {
  const value = holder[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
