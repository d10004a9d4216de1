import { GuildhallError } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import { officeBalanceCents } from '../credits/index.ts';
import type { CauseKind } from './queue.ts';

/** What only its model calls cost needs at least this to begin. */
const BEGIN_CENTS = 1;

/**
 * Refuses work that would begin now and that the office has no credit for: who gives it hears so before anything is done, instead
 * of finding it waiting. What was given before, what the house itself begins (schedules, dependents), and what a cap of today
 * holds, waits. Throws `insufficient_credits`.
 */
export async function assertPayable(
  context: Context,
  work: { officeId: string; agentId: string; causeKind: CauseKind },
): Promise<void> {
  if (context.principal.kind === 'system') return;
  const agent = await context.db
    .selectFrom('agents')
    .select(['driver', 'model_tier', 'model_provider', 'office_providers'])
    .where('id', '=', work.agentId)
    .executeTakeFirst();
  if (agent === undefined || agent.driver === 'external') return;
  const driver = context.house.driverOf(agent);
  const priceCents = context.house.priceCents(driver, work.causeKind);
  if (priceCents === 0 && driver === 'reflex') return;
  const balanceCents = await officeBalanceCents(context, work.officeId);
  if (balanceCents >= Math.max(priceCents, BEGIN_CENTS)) return;
  throw new GuildhallError('insufficient_credits', {
    message: 'The office is out of credits: nothing was begun.',
    detail: { office_id: work.officeId, balance: balanceCents / 100 },
  });
}
