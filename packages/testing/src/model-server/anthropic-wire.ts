import type { ScriptedAnswer, ScriptedRequest, ScriptedSaying, ScriptedTurn } from './script.ts';

interface Block {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  is_error?: boolean;
  content?: string | Block[];
}

/** Anthropic Messages request → what was asked. */
export function readAnthropic(body: Record<string, unknown>): Omit<ScriptedRequest, 'key' | 'number'> {
  const system = body.system as string | Block[] | undefined;
  const messages = body.messages as { role: string; content: string | Block[] }[];
  return {
    wire: 'anthropic',
    model: String(body.model),
    system: textOf(system ?? ''),
    turns: messages.flatMap(({ role, content }) => turnsOf(role, content)),
    tools: ((body.tools ?? []) as { name: string }[]).map((tool) => tool.name),
    body,
  };
}

/** What the real one does not take: a transcript with calls in it, and no word on which tools there were. */
export function refusalOf({ tools, turns }: Pick<ScriptedRequest, 'tools' | 'turns'>): ScriptedAnswer | undefined {
  const hasCalls = turns.some((turn) => turn.role === 'tool' || (turn.role === 'assistant' && turn.calls.length > 0));
  if (!hasCalls || tools.length > 0) return undefined;
  return {
    status: 400,
    type: 'invalid_request_error',
    message: 'Requests which include tool_use blocks must define tools',
  };
}

function turnsOf(role: string, content: string | Block[]): ScriptedTurn[] {
  if (role === 'assistant') {
    const blocks = typeof content === 'string' ? [] : content;
    const calls = blocks.filter((block) => block.type === 'tool_use');
    return [
      {
        role,
        text: textOf(content),
        calls: calls.map(({ id = '', name = '', input }) => ({ id, name, input })),
      },
    ];
  }
  if (typeof content === 'string') return [{ role: 'user', text: content }];
  return content.map((block) =>
    block.type === 'tool_result'
      ? {
          role: 'tool' as const,
          id: block.tool_use_id ?? '',
          text: textOf(block.content ?? ''),
          isError: block.is_error === true,
        }
      : { role: 'user' as const, text: block.text ?? '' },
  );
}

function textOf(content: string | Block[]): string {
  return typeof content === 'string' ? content : content.map((block) => block.text ?? '').join('');
}

/** An answer → the events of the stream. */
export function writeAnthropic(asked: ScriptedRequest, saying: ScriptedSaying): string[] {
  const { text = '', calls = [], usage = {} } = saying;
  const { inputTokens = 100, cachedInputTokens = 0, outputTokens = 20 } = usage;
  const frames: string[] = [];
  const event = (type: string, data: object) =>
    frames.push(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  event('message_start', {
    message: {
      id: `msg_${asked.number}`,
      type: 'message',
      role: 'assistant',
      model: asked.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: inputTokens - cachedInputTokens,
        cache_read_input_tokens: cachedInputTokens,
        cache_creation_input_tokens: 0,
        output_tokens: 1,
      },
    },
  });
  let index = 0;
  if (text !== '') {
    event('content_block_start', { index, content_block: { type: 'text', text: '' } });
    for (const part of text.match(/.{1,40}/gs) ?? [])
      event('content_block_delta', { index, delta: { type: 'text_delta', text: part } });
    event('content_block_stop', { index });
    index += 1;
  }
  for (const call of calls) {
    const id = `toolu_${index}`;
    event('content_block_start', { index, content_block: { type: 'tool_use', id, name: call.name, input: {} } });
    const json = call.rawInput ?? JSON.stringify(call.input ?? {});
    event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: json } });
    event('content_block_stop', { index });
    index += 1;
  }
  event('message_delta', {
    delta: { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null },
    usage: { output_tokens: outputTokens },
  });
  event('message_stop', {});
  return frames;
}
