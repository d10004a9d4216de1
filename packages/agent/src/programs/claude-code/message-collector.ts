import type { Usage } from '../../journal.ts';
import type { ToolUse } from '../call-book.ts';
import type { ClaudeLine } from './claude-line.ts';

/** One answer of the model, put together from its lines. */
export interface CollectedMessage {
  text: string;
  uses: ToolUse[];
  usage: Usage;
  durationMs: number;
}

/**
 * Puts the model's answers together. The program repeats a message's id, and its usage, for each block; the usage is
 * counted once, and its output is what the end of the stream says, since the blocks carry what was known at its beginning.
 */
export class MessageCollector {
  #id: string | undefined;
  #text = '';
  #uses: ToolUse[] = [];
  #usage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  #startedAt = 0;
  #hasContent = false;
  #isStreaming = false;

  /** Whether a message has begun and has not ended. */
  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** Takes a line in. Returns the message before it, when this line shows that it is over. */
  add(line: ClaudeLine): CollectedMessage | undefined {
    switch (line.kind) {
      case 'message_start': {
        const before = this.finish();
        this.#begin(line.id, true);
        this.#count(line.usage);
        return before;
      }
      case 'assistant': {
        const before = line.id === this.#id ? undefined : this.finish();
        if (this.#id === undefined) this.#begin(line.id, false);
        this.#text += line.text;
        this.#uses.push(...line.uses);
        this.#hasContent = true;
        this.#count(line.usage);
        return before;
      }
      case 'message_delta':
        this.#count(line.usage);
        return undefined;
      case 'message_stop':
        this.#hasContent = true;
        return this.finish();
      case 'result':
        return this.finish();
      default:
        return undefined;
    }
  }

  /** Ends the message that is open. One of which nothing came whole is none. */
  finish(): CollectedMessage | undefined {
    const isWhole = this.#id !== undefined && this.#hasContent;
    const message: CollectedMessage = {
      text: this.#text,
      uses: this.#uses,
      usage: this.#usage,
      durationMs: Math.round(performance.now() - this.#startedAt),
    };
    this.#id = undefined;
    this.#isStreaming = false;
    return isWhole ? message : undefined;
  }

  #begin(id: string, isStreaming: boolean): void {
    this.#id = id;
    this.#text = '';
    this.#uses = [];
    this.#usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
    this.#startedAt = performance.now();
    this.#hasContent = false;
    this.#isStreaming = isStreaming;
  }

  /** Lines tell what is known so far: the largest of each is the whole. */
  #count({ input, outputTokens }: Extract<ClaudeLine, { kind: 'message_delta' }>['usage']): void {
    this.#usage = {
      inputTokens: Math.max(this.#usage.inputTokens, input?.inputTokens ?? 0),
      cachedInputTokens: Math.max(this.#usage.cachedInputTokens, input?.cachedInputTokens ?? 0),
      outputTokens: Math.max(this.#usage.outputTokens, outputTokens),
    };
  }
}
