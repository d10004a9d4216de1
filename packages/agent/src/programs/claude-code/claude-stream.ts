import type { Writable } from 'node:stream';
import type { JsonObject } from '@guildhall/kernel';
import { HOUSE_SERVER } from '../house-mcp.ts';

/** What we write to the program: one JSON object a line, messages and the control protocol on the same stream. */
export class ClaudeStream {
  readonly #stdin: Writable;
  #requests = 0;

  constructor(stdin: Writable) {
    this.#stdin = stdin;
    // A program that has ended reads nothing more; its exit tells it better.
    stdin.on('error', () => {});
  }

  /** Opens the control protocol: which of its servers are on our side of the stream. */
  initialize(instructions: string | undefined): void {
    this.#request({
      subtype: 'initialize',
      sdkMcpServers: [HOUSE_SERVER],
      ...(instructions === undefined ? {} : { appendSystemPrompt: instructions }),
    });
  }

  /** What the agent is told next. */
  say(text: string): void {
    const message = { role: 'user', content: [{ type: 'text', text }] };
    this.#write({ type: 'user', message, parent_tool_use_id: null });
  }

  answer(requestId: string, response: JsonObject): void {
    this.#write({ type: 'control_response', response: { subtype: 'success', request_id: requestId, response } });
  }

  refuse(requestId: string, error: string): void {
    this.#write({ type: 'control_response', response: { subtype: 'error', request_id: requestId, error } });
  }

  interrupt(): void {
    this.#request({ subtype: 'interrupt' });
  }

  /** Nothing more will come: the program ends when it has done what it was told. */
  end(): void {
    this.#stdin.end();
  }

  #request(request: JsonObject): void {
    this.#requests += 1;
    this.#write({ type: 'control_request', request_id: `house-${this.#requests}`, request });
  }

  #write(line: JsonObject): void {
    if (this.#stdin.writable) this.#stdin.write(`${JSON.stringify(line)}\n`);
  }
}
