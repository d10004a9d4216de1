import { errors } from '@guildhall/kernel';
import { type Context, inTransaction, type TokenUsage } from '../context/index.ts';
import { centsOfMicros, releaseForRun, reserveForRun, settleForRun } from '../credits/index.ts';
import { meterModelCall } from '../usage/index.ts';
import type { Run } from './run-store.ts';
import { assertRunHeld, recordStep, type StepInput } from './steps.ts';

/**
 * Sets aside what a model call may cost at most. Returns why the run has to wait, or undefined when the money is held. What an
 * earlier call left set aside is given back first. Throws `stale_fence`.
 */
export async function reserveForCall(
  context: Context,
  run: Run,
  call: { model: string; usage: TokenUsage },
): Promise<{ notBeforeAt: number } | undefined> {
  const micros = context.house.modelPriceMicros(call.model, call.usage);
  return inTransaction(context, async (tx) => {
    await assertRunHeld(tx, run);
    await releaseForRun(tx, run.id);
    await tx.db.updateTable('runs').set({ current_step: call.model }).where('id', '=', run.id).execute();
    const expiresAt = run.lease_expires_at ?? tx.house.clock.now();
    return reserveForRun(tx, run, centsOfMicros(micros), expiresAt);
  });
}

/** Keeps a model's answer and charges what it cost, in one transaction: no crash has the one without the other. */
export async function recordModelCall(
  context: Context,
  run: Run,
  step: StepInput & { usage: TokenUsage },
): Promise<void> {
  const costMicros = context.house.modelPriceMicros(step.name, step.usage);
  await inTransaction(context, async (tx) => {
    const seq = await recordStep(tx, run, { ...step, costMicros });
    const before = await tx.db
      .selectFrom('runs')
      .select(['cost_micros', 'cost_cents'])
      .where('id', '=', run.id)
      .executeTakeFirst();
    if (before === undefined) throw errors.staleFence('run', run.id);
    const micros = before.cost_micros + costMicros;
    const chargeCents = centsOfMicros(micros) - centsOfMicros(before.cost_micros);
    await tx.db
      .updateTable('runs')
      .set(({ eb }) => ({
        cost_micros: micros,
        cost_cents: before.cost_cents + chargeCents,
        input_tokens: eb('input_tokens', '+', step.usage.inputTokens),
        output_tokens: eb('output_tokens', '+', step.usage.outputTokens),
        model: step.name,
        // An answer that was of no use does not count as one.
        ...(step.kind === 'note' ? {} : { model_parks: 0 }),
      }))
      .where('id', '=', run.id)
      .execute();
    await meterModelCall(tx, run, { model: step.name, usage: step.usage, costMicros });
    await settleForRun(tx, run.id, chargeCents, `${step.name} call`, `:${seq}`, run);
  });
}
