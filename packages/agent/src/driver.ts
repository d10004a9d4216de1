import type { JsonObject } from '@guildhall/kernel';
import type { ToolBox, ToolRisk } from './dispatch/tool.ts';
import type { Journal } from './journal.ts';
import type { ModelCredential } from './model/credential-pool.ts';
import type { Tools } from './tools.ts';

/** A file of the agent's own that it is told in every turn. */
export interface AgentNote {
  name: string;
  text: string;
}

/** Something that the agent knows how to do; how is read when it is needed. */
export interface AgentSkill {
  name: string;
  description: string;
}

export interface AgentSelf {
  id: string;
  name: string;
  role: string;
  systemPrompt: string;
  /** What the agent was hired with: `haiku`, `sonnet`, `opus`, or a full model id. */
  modelTier: string;
  /** `none` when the house may choose. */
  modelProvider: string;
  officeName: string;
  notes?: readonly AgentNote[];
  skills?: readonly AgentSkill[];
}

/** Why the agent was woken. */
export type TurnCause =
  | { kind: 'message'; from: string; text: string; history: PastMessage[] }
  | {
      kind: 'task';
      number: number;
      title: string;
      description: string;
      verificationType: string;
      /** What the house will try itself before it believes that the task is done. */
      verification?: string | undefined;
      reviewNotes: string | null;
      /** What was said about it, oldest first. */
      comments?: readonly { from: string; text: string }[];
    }
  | { kind: 'review'; number: number; title: string; description: string; result: string; evidence: JsonObject };

/** What was said before in the conversation, oldest first. */
export interface PastMessage {
  from: string;
  /** Whether the agent itself said it. */
  isOwn: boolean;
  text: string;
}

export interface Turn {
  agent: AgentSelf;
  cause: TurnCause;
  /** The office's own ways into providers of models, taken before those of the house. */
  credentials: readonly ModelCredential[];
  /** When the turn began, so that the agent knows what day it is. */
  at: number;
}

/** How the turn ended. What it means for task, conversation and money is the server's business. */
export type TurnOutcome =
  | { kind: 'reply'; text: string }
  | { kind: 'task_done'; result: string; evidence: JsonObject }
  | { kind: 'task_blocked'; reason: string }
  | { kind: 'review'; accepted: boolean; notes: string };

/** A call that a program makes with a tool of its own: the house says whether it may, and the program makes it. */
export interface OwnCall {
  /** Unique in the run. The same id again is answered as it was answered before. */
  callId: string;
  name: string;
  input: JsonObject;
  risk: ToolRisk;
}

/** What a driver works with in one turn. */
export interface TurnHost {
  /** The tools of the house, typed: for drivers that are code. */
  tools: Tools;
  /** The same and more, described in words: for drivers that are models. */
  toolBox: ToolBox;
  /** The house's word on a program's own tools. Throws `TurnParked` when a person has to decide; absent where no program runs. */
  permit?(call: OwnCall): Promise<'allowed' | { refusal: string }>;
  /** What came of a call that was permitted; of one that is never settled nobody knows. Absent where no program runs. */
  settle?(callId: string, end: { isError: boolean; text: string }): Promise<void>;
  /** What this run has done already, and where it is noted. */
  journal: Journal;
  /** Tells who listens what the agent is writing, as it writes it; an empty text when an answer begins (anew). Not kept. */
  say(text: string): void;
  signal: AbortSignal;
}

/**
 * What thinks for an agent. A driver holds no state between turns and touches the world only through its host. It throws
 * `TurnFailure` when the turn cannot be done and `TurnParked` when it has to wait; anything else counts as a fault of the
 * driver. It stops soon after the signal is aborted.
 */
export interface Driver {
  readonly name: string;
  run(turn: Turn, host: TurnHost): Promise<TurnOutcome>;
}
