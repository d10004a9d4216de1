export interface ScriptedRequest {
  /** 1 for the first request that the server got. */
  number: number;
  wire: 'anthropic' | 'openai';
  model: string;
  key: string;
  system: string;
  /** The text of what was said, oldest first; tool results among it. */
  turns: ScriptedTurn[];
  /** Names of the tools on offer. */
  tools: string[];
  /** The request as it came. */
  body: Record<string, unknown>;
}

export type ScriptedTurn =
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string; calls: { id: string; name: string; input: unknown }[] }
  | { role: 'tool'; id: string; text: string; isError: boolean };

export interface ScriptedUsage {
  inputTokens?: number;
  cachedInputTokens?: number;
  outputTokens?: number;
}

export type ScriptedAnswer =
  | {
      text?: string;
      /** `rawInput` is sent as it stands, JSON or not. */
      calls?: { name: string; input?: unknown; rawInput?: string }[];
      usage?: ScriptedUsage;
    }
  | { status: number; type?: string; message?: string; retryAfterSeconds?: number }
  /** `broken`: ends in the middle. `silent`: never says a word. `garbage`: no stream at all. `endless`: never ends. */
  | { fault: 'broken' | 'silent' | 'garbage' | 'endless' };

export type ScriptedSaying = Extract<ScriptedAnswer, { text?: string }>;

/** What the tools answered since the model spoke last. */
export function lastResults(request: ScriptedRequest): string[] {
  const from = request.turns.findLastIndex((turn) => turn.role === 'assistant');
  return request.turns.slice(from + 1).flatMap((turn) => (turn.role === 'tool' ? [turn.text] : []));
}

/** How often the model has spoken in this request's transcript. */
export function spokenTimes(request: ScriptedRequest): number {
  return request.turns.filter((turn) => turn.role === 'assistant').length;
}
