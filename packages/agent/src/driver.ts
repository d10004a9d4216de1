import type { JsonObject } from '@guildhall/kernel';
import type { Tools } from './tools.ts';

export interface AgentSelf {
  id: string;
  name: string;
  role: string;
  systemPrompt: string;
}

/** Why the agent was woken. */
export type TurnCause =
  | { kind: 'message'; from: string; text: string }
  | {
      kind: 'task';
      number: number;
      title: string;
      description: string;
      verificationType: string;
      reviewNotes: string | null;
    }
  | { kind: 'review'; number: number; title: string; description: string; result: string; evidence: JsonObject };

export interface Turn {
  agent: AgentSelf;
  cause: TurnCause;
}

/** How the turn ended. What it means for task, conversation and money is the server's business. */
export type TurnOutcome =
  | { kind: 'reply'; text: string }
  | { kind: 'task_done'; result: string; evidence: JsonObject }
  | { kind: 'task_blocked'; reason: string }
  | { kind: 'review'; accepted: boolean; notes: string };

/**
 * What thinks for an agent. A driver holds no state between turns and touches the world only through `tools`. It may
 * throw: the turn then counts as failed. It stops soon after `signal` is aborted.
 */
export interface Driver {
  readonly name: string;
  run(turn: Turn, tools: Tools, signal: AbortSignal): Promise<TurnOutcome>;
}
