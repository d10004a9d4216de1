import type { ScriptedRequest, ScriptedSaying, ScriptedTurn } from './script.ts';

interface Message {
  role: string;
  content: string | { text?: string }[] | null;
  tool_call_id?: string;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
}

/** OpenAI chat completions request → what was asked. */
export function readOpenAi(body: Record<string, unknown>): Omit<ScriptedRequest, 'key' | 'number'> {
  const messages = body.messages as Message[];
  const isSystem = (message: Message) => message.role === 'system' || message.role === 'developer';
  return {
    wire: 'openai',
    model: String(body.model),
    system: messages.filter(isSystem).map(textOf).join('\n'),
    turns: messages.filter((message) => !isSystem(message)).map(turnOf),
    tools: ((body.tools ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name),
    body,
  };
}

function turnOf(message: Message): ScriptedTurn {
  const text = textOf(message);
  if (message.role === 'tool') return { role: 'tool', id: message.tool_call_id ?? '', text, isError: false };
  if (message.role !== 'assistant') return { role: 'user', text };
  const calls = (message.tool_calls ?? []).map((call) => ({
    id: call.id,
    name: call.function.name,
    input: JSON.parse(call.function.arguments) as unknown,
  }));
  return { role: 'assistant', text, calls };
}

function textOf({ content }: Message): string {
  if (content === null) return '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}

/** An answer → the chunks of the stream. */
export function writeOpenAi(asked: ScriptedRequest, saying: ScriptedSaying): string[] {
  const { text = '', calls = [], usage = {} } = saying;
  const { inputTokens = 100, cachedInputTokens = 0, outputTokens = 20 } = usage;
  const frames: string[] = [];
  const chunk = (delta: object, finishReason: string | null = null) =>
    frames.push(
      `data: ${JSON.stringify({
        id: `chatcmpl-${asked.number}`,
        object: 'chat.completion.chunk',
        created: 1,
        model: asked.model,
        choices: [{ index: 0, delta, finish_reason: finishReason }],
      })}\n\n`,
    );
  chunk({ role: 'assistant', content: '' });
  for (const part of text.match(/.{1,40}/gs) ?? []) chunk({ content: part });
  for (const [index, call] of calls.entries()) {
    chunk({
      tool_calls: [
        {
          index,
          id: `call_${index}`,
          type: 'function',
          function: { name: call.name, arguments: call.rawInput ?? JSON.stringify(call.input ?? {}) },
        },
      ],
    });
  }
  chunk({}, calls.length > 0 ? 'tool_calls' : 'stop');
  frames.push(
    `data: ${JSON.stringify({
      id: `chatcmpl-${asked.number}`,
      object: 'chat.completion.chunk',
      created: 1,
      model: asked.model,
      choices: [],
      usage: {
        prompt_tokens: inputTokens,
        completion_tokens: outputTokens,
        total_tokens: inputTokens + outputTokens,
        prompt_tokens_details: { cached_tokens: cachedInputTokens },
      },
    })}\n\n`,
    'data: [DONE]\n\n',
  );
  return frames;
}
