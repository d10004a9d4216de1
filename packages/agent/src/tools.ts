import type { JsonObject } from '@guildhall/kernel';

/** Everything that an agent can do. Arguments and results are JSON, so that every driver can carry them. */
export interface ToolCall {
  /** Keep a sentence in the office's memory. */
  memory_remember: { arguments: { text: string }; result: { universal_id: string } };
  /** The best pieces of memory and drive for a question. */
  memory_ask: {
    arguments: { query: string; limit: number };
    result: {
      hits: {
        universal_id: string;
        source: string;
        source_kind: string;
        speaker: string;
        text: string;
        at: number;
        score: number;
      }[];
    };
  };
  /** The files on the drive, by name. */
  drive_list: {
    arguments: Record<never, never>;
    result: { files: { name: string; size_bytes: number; searchable: boolean }[]; truncated: boolean };
  };
  /** The text of a file; `truncated` when only its beginning is given. */
  drive_read: { arguments: { name: string }; result: { text: string; sha256: string; truncated: boolean } };
  /** Write a text file. The same content again changes nothing. */
  drive_write: {
    arguments: { name: string; content: string };
    result: { name: string; version: number; sha256: string };
  };
  /** Tell how far the task is. */
  task_progress: { arguments: { percent: number; step: string }; result: Record<never, never> };
}

export type ToolName = keyof ToolCall;

export interface Tools {
  /** Throws `ToolError` when the tool refuses; the agent may go on and say so. */
  call<Name extends ToolName>(name: Name, input: ToolCall[Name]['arguments']): Promise<ToolCall[Name]['result']>;
}

/** A tool's refusal, worded for the agent. */
export class ToolError extends Error {
  readonly tool: string;
  readonly detail: JsonObject;

  constructor(tool: string, message: string, detail: JsonObject = {}) {
    super(message);
    this.name = 'ToolError';
    this.tool = tool;
    this.detail = detail;
  }
}
