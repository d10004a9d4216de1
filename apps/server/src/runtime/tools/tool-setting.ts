import type { Tool } from '@guildhall/agent';
import type { Context } from '../../domain/context/index.ts';
import type { Run } from '../../domain/runs/index.ts';
import type { Prover } from '../../domain/tasks/index.ts';
import type { Work } from '../prepare-turn.ts';

/** What the tools of one run are made for. */
export interface ToolSetting {
  run: Run;
  work: Work;
  /** How the house sees for itself that a task is done. */
  prove: Prover;
}

export type HouseTool = Tool<Context>;
