import type { Agent, RunMode } from '../agents/index.ts';
import type { Context } from '../context/index.ts';
import { budgetsOf, refusingBudget } from '../credits/index.ts';
import { loadOffice } from '../offices/index.ts';
import { housePause } from '../runs/index.ts';
import { peekNextTask } from '../tasks/index.ts';

export interface IdleCheck {
  /** Whether the agent should not be woken now. */
  skip: boolean;
  reason: 'house_paused' | 'office_suspended' | 'agent_stopped' | 'budget_exhausted' | 'nothing_to_do' | 'work_waits';
  /** The task that it would take next. */
  nextTask: { number: number; title: string } | undefined;
}

/**
 * Whether waking an agent would lead to anything, for programs that are about to: a few reads by index, no model (seed:
 * orkosi-api, agent-runs/idle-check; RELIABILITY 8). In mode `cron` an agent has work of its own, so only what stops it counts.
 */
export async function idleCheck(context: Context, agent: Agent, mode: RunMode): Promise<IdleCheck> {
  const office = await loadOffice(context, agent.office_id, 'agents:read');
  const skip = (reason: IdleCheck['reason']): IdleCheck => ({ skip: true, reason, nextTask: undefined });
  if ((await housePause(context)) !== undefined) return skip('house_paused');
  if (office.status !== 'active') return skip('office_suspended');
  if (agent.state !== 'active') return skip('agent_stopped');
  // One cent: whether there is anything left at all.
  if (refusingBudget(await budgetsOf(context, agent), 1) !== undefined) return skip('budget_exhausted');
  const scope = { organizationId: agent.organization_id, officeId: agent.office_id };
  const task = await peekNextTask(context, scope, [agent.id]);
  if (task !== undefined)
    return { skip: false, reason: 'work_waits', nextTask: { number: task.number, title: task.title } };
  return mode === 'task' ? skip('nothing_to_do') : { skip: false, reason: 'nothing_to_do', nextTask: undefined };
}
