import { describe, expect, it } from 'vitest';
import { AnswerTap } from './answer-tap.ts';

const STREAM = 'text/event-stream; charset=utf-8';
const ABOUT = 50;

/** An answer that comes in pieces of a few bytes, as bad luck has it. */
function heard(type: string, text: string, piece = 7) {
  const tap = new AnswerTap(type);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) tap.write(bytes.subarray(at, at + piece));
  return tap.finish(ABOUT);
}

const events = (...objects: object[]) => objects.map((object) => `data: ${JSON.stringify(object)}\n\n`).join('');
const use = [{ id: 'call-1', name: 'look', input: { at: 1 } }];

const messagesUsage = { input_tokens: 10, cache_read_input_tokens: 5, cache_creation_input_tokens: 2 };
const anthropic = events(
  { type: 'message_start', message: { usage: { ...messagesUsage, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüß ' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'dich' } },
  { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'call-1', name: 'look', input: {} } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"at"' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: ':1}' } },
  { type: 'message_delta', delta: {}, usage: { output_tokens: 30 } },
  { type: 'message_stop' },
);
const chat = `${events(
  { choices: [{ index: 0, delta: { role: 'assistant', content: 'Grüß ' } }] },
  { choices: [{ index: 0, delta: { content: 'dich' } }] },
  {
    choices: [{ delta: { tool_calls: [{ index: 0, id: 'call-1', function: { name: 'look', arguments: '{"at"' } }] } }],
  },
  { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] } }] },
  { choices: [], usage: { prompt_tokens: 17, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 5 } } },
)}data: [DONE]\n\n`;
const functionCall = { type: 'function_call', id: 'f', call_id: 'call-1', name: 'look', arguments: '{"at":1}' };
const responsesUsage = { input_tokens: 17, output_tokens: 30, input_tokens_details: { cached_tokens: 5 } };
const responses = events(
  { type: 'response.output_text.delta', delta: 'Grüß dich' },
  {
    type: 'response.output_item.done',
    item: { type: 'message', content: [{ type: 'output_text', text: 'Grüß dich' }] },
  },
  { type: 'response.output_item.done', item: functionCall },
  { type: 'response.completed', response: { usage: responsesUsage } },
);
const whole = { text: 'Grüß dich', uses: use, usage: { inputTokens: 17, cachedInputTokens: 5, outputTokens: 30 } };

describe('an answer that passes', () => {
  it.each([
    ['messages, streamed', STREAM, anthropic],
    ['chat completions, streamed', STREAM, chat],
    ['responses, streamed', STREAM, responses],
    [
      'messages, whole',
      'application/json',
      JSON.stringify({
        content: [
          { type: 'text', text: 'Grüß dich' },
          { type: 'tool_use', id: 'call-1', name: 'look', input: { at: 1 } },
        ],
        usage: { ...messagesUsage, output_tokens: 30 },
      }),
    ],
    [
      'chat completions, whole',
      'application/json',
      JSON.stringify({
        choices: [
          {
            message: {
              content: 'Grüß dich',
              tool_calls: [{ id: 'call-1', function: { name: 'look', arguments: '{"at":1}' } }],
            },
          },
        ],
        usage: { prompt_tokens: 17, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 5 } },
      }),
    ],
    [
      'responses, whole',
      'application/json',
      JSON.stringify({
        output: [{ type: 'message', content: [{ type: 'output_text', text: 'Grüß dich' }] }, functionCall],
        usage: responsesUsage,
      }),
    ],
  ])('is understood: %s', (_what, type, text) => {
    expect(heard(type, text)).toEqual(whole);
  });

  it('is estimated when it broke off', () => {
    const half = anthropic.slice(0, anthropic.indexOf('data: {"type":"message_delta"'));
    expect(heard(STREAM, half).usage).toEqual({ inputTokens: 17, cachedInputTokens: 5, outputTokens: 5 });
    const silent = events({ choices: [{ delta: { content: 'x'.repeat(400) } }] });
    expect(heard(STREAM, silent).usage).toEqual({ inputTokens: ABOUT, cachedInputTokens: 0, outputTokens: 100 });
    expect(heard('application/json', '{"content": [{"text": "hal').usage.outputTokens).toBeGreaterThan(0);
  });

  it('may be anything', () => {
    for (const text of [
      '',
      'data: \n\n',
      'data: {"choices": 7}\n\ndata: <html>',
      'data: {"type":"content_block_delta"}\n',
    ])
      for (const type of [STREAM, 'application/json', ''])
        expect(heard(type, text)).toMatchObject({ text: '', uses: [], usage: { inputTokens: ABOUT } });
  });
});
