import { ops } from '@guildhall/contract';
import { loadOrganizationAgent, type RunMode, runModes } from '../../domain/agents/index.ts';
import { idleCheck } from '../../domain/idle/index.ts';
import type { Door } from '../../http/index.ts';
import { organizationOf } from './scope.ts';

function modeOf(word: string | undefined): RunMode {
  if (word === undefined) return 'task';
  return runModes.find((mode) => mode === word) ?? 'cron';
}

/** Seed: orkosi-api Agent Runs. The original answers strangers too; here whoever asks about an agent is somebody. */
export function agentRunRoutes(door: Door): void {
  door.route(
    {
      method: 'GET',
      path: '/api/agent-runs/idle-check',
      aliases: ['/api/v1/agent-runs/idle-check'],
      id: 'agentRuns.idleCheck',
      tag: 'Agent Runs',
      summary: 'Whether waking an agent now would lead to anything',
      query: ops.IdleCheckQuery,
      answers: { 200: ops.IdleCheck },
      fails: [404],
    },
    async ({ context, query }): Promise<ops.IdleCheck> => {
      const mode = modeOf(query.run_mode);
      const agent = await loadOrganizationAgent(context, organizationOf(context), query.agent_name, 'agents:read');
      const { skip, reason, nextTask } = await idleCheck(context, agent, mode);
      const next_task = nextTask === undefined ? null : { id: nextTask.number, title: nextTask.title };
      return { agent: agent.name, run_mode: mode, skip, should_skip: skip, reason, next_task };
    },
  );
}
