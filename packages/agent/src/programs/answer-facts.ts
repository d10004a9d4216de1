import type { JsonObject } from '@guildhall/kernel';
import type { ToolUse } from './call-book.ts';
import type { AnsweredCall } from './gateway-hooks.ts';
import { objectIn, objectsIn, parseObject, textIn } from './json-fields.ts';

const TEXT_CHARS_MAX = 400_000;
const CHARS_PER_TOKEN = 4;

/**
 * What a model's answer says and what it used, in the shapes of Anthropic's messages and of OpenAI's chat completions and
 * responses, whole or event by event. What is neither is passed over.
 */
export class AnswerFacts {
  #text = '';
  #written = 0;
  readonly #uses = new Map<string, { id: string; name: string; json: string }>();
  #inputTokens = 0;
  #cachedInputTokens = 0;
  #outputTokens = 0;
  #isCounted = false;

  /** One event of a stream. */
  addEvent(event: JsonObject): void {
    switch (event.type) {
      case 'message_start':
        this.#count(objectIn(objectIn(event, 'message'), 'usage'));
        return;
      case 'content_block_start':
        this.#begin(`${event.index}`, objectIn(event, 'content_block'));
        return;
      case 'content_block_delta':
        this.#continue(`${event.index}`, objectIn(event, 'delta'));
        return;
      case 'message_delta':
        this.#countAtEnd(objectIn(event, 'usage'));
        return;
      case 'response.output_text.delta':
        this.#say(textIn(event, 'delta'));
        return;
      case 'response.output_item.done':
        this.#addItem(objectIn(event, 'item'), false);
        return;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        this.#countAtEnd(objectIn(objectIn(event, 'response'), 'usage'));
        return;
      default:
        for (const choice of objectsIn(event, 'choices')) this.#addChoice(choice, objectIn(choice, 'delta'));
        this.#countAtEnd(objectIn(event, 'usage'));
    }
  }

  /** An answer that comes as one object. */
  addWhole(answer: JsonObject): void {
    for (const block of objectsIn(answer, 'content')) {
      this.#say(textIn(block, 'text'));
      if (block.type === 'tool_use') this.#use(textIn(block, 'id'), block, JSON.stringify(block.input ?? {}));
    }
    for (const choice of objectsIn(answer, 'choices')) this.#addChoice(choice, objectIn(choice, 'message'));
    for (const item of objectsIn(answer, 'output')) this.#addItem(item, true);
    this.#countAtEnd(objectIn(answer, 'usage'));
  }

  /** What cannot be read was paid for nevertheless. */
  addUnread(text: string): void {
    this.#written += text.length;
  }

  /** Providers tell what was used at the end of an answer; without it, what was written counts. */
  result(inputTokensAbout: number): Pick<AnsweredCall, 'usage' | 'text' | 'uses'> {
    const about = Math.ceil(this.#written / CHARS_PER_TOKEN);
    return {
      text: this.#text.toWellFormed().replaceAll('\0', ''),
      uses: [...this.#uses.values()].map(({ id, name, json }) => toolUse(id, name, json)),
      usage: {
        inputTokens: this.#inputTokens === 0 ? inputTokensAbout : this.#inputTokens,
        cachedInputTokens: this.#cachedInputTokens,
        outputTokens: this.#isCounted ? this.#outputTokens : Math.max(this.#outputTokens, about),
      },
    };
  }

  #begin(index: string, block: JsonObject): void {
    if (block.type === 'tool_use') this.#use(index, block, '');
    else this.#say(textIn(block, 'text'));
  }

  #continue(index: string, delta: JsonObject): void {
    this.#say(textIn(delta, 'text'));
    this.#written += textIn(delta, 'thinking').length;
    this.#append(index, textIn(delta, 'partial_json'));
  }

  #addChoice(choice: JsonObject, said: JsonObject): void {
    this.#say(textIn(said, 'content'));
    for (const [place, call] of objectsIn(said, 'tool_calls').entries()) {
      const asked = objectIn(call, 'function');
      const key = `${choice.index ?? 0}.${call.index ?? place}`;
      if (textIn(call, 'id') !== '' && !this.#uses.has(key))
        this.#use(key, { id: textIn(call, 'id'), name: textIn(asked, 'name') }, '');
      this.#append(key, textIn(asked, 'arguments'));
    }
  }

  #addItem(item: JsonObject, saysText: boolean): void {
    if (item.type === 'function_call')
      this.#use(textIn(item, 'call_id'), { ...item, id: textIn(item, 'call_id') }, textIn(item, 'arguments'));
    if (saysText) for (const part of objectsIn(item, 'content')) this.#say(textIn(part, 'text'));
  }

  #say(text: string): void {
    this.#written += text.length;
    if (this.#text.length + text.length <= TEXT_CHARS_MAX) this.#text += text;
  }

  #use(key: string, call: JsonObject, json: string): void {
    this.#uses.set(key, { id: textIn(call, 'id'), name: textIn(call, 'name'), json });
    this.#written += json.length;
  }

  #append(key: string, json: string): void {
    const use = this.#uses.get(key);
    this.#written += json.length;
    if (use !== undefined && use.json.length + json.length <= TEXT_CHARS_MAX) use.json += json;
  }

  #countAtEnd(usage: JsonObject): void {
    if (Object.keys(usage).length === 0) return;
    this.#isCounted = true;
    this.#count(usage);
  }

  /** Events tell what is known so far: the largest of each is the whole. */
  #count(usage: JsonObject): void {
    const details = { ...objectIn(usage, 'prompt_tokens_details'), ...objectIn(usage, 'input_tokens_details') };
    const besides = numberIn(usage, 'cache_read_input_tokens') + numberIn(usage, 'cache_creation_input_tokens');
    const input = numberIn(usage, 'input_tokens') + numberIn(usage, 'prompt_tokens') + besides;
    const cached = numberIn(usage, 'cache_read_input_tokens') + numberIn(details, 'cached_tokens');
    const output = numberIn(usage, 'output_tokens') + numberIn(usage, 'completion_tokens');
    this.#inputTokens = Math.max(this.#inputTokens, input);
    this.#cachedInputTokens = Math.max(this.#cachedInputTokens, cached);
    this.#outputTokens = Math.max(this.#outputTokens, output);
  }
}

function toolUse(id: string, name: string, json: string): ToolUse {
  return { id, name, input: parseObject(json === '' ? '{}' : json.toWellFormed().replaceAll('\\u0000', '')) };
}

function numberIn(holder: JsonObject, key: string): number {
  const value = holder[key];
  return typeof value === 'number' && value > 0 ? Math.round(value) : 0;
}
