import type { Driver } from '@guildhall/agent';
import { GuildhallError } from '@guildhall/kernel';
import type { Logger } from 'pino';
import { agentPrincipal } from '../domain/access/index.ts';
import { noteAgentError } from '../domain/agents/index.ts';
import { type Context, inTransaction } from '../domain/context/index.ts';
import { type FailureCode, finishRun, parkRun, type Run } from '../domain/runs/index.ts';
import { applyFailure, applyOutcome } from './apply-outcome.ts';
import { prepareTurn } from './prepare-turn.ts';
import { agentTools } from './tools.ts';

/**
 * Takes a leased run to its end. Never throws: whatever goes wrong is written to the run, unless the run is no longer
 * ours, in which case whoever has it now writes the end.
 */
export async function executeRun(
  system: Context,
  run: Run,
  driver: Driver | undefined,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const requestId = `run:${run.id}`;
  try {
    const principal = await agentPrincipal(system, run.agent_id);
    if (principal === undefined) return;
    const context: Context = { ...system, principal, requestId };
    const work = await prepareTurn(context, run);
    if (work === undefined) {
      await inTransaction(context, (tx) =>
        finishRun(tx, run, { status: 'cancelled', failureCode: 'cancelled', summary: 'There was nothing left to do.' }),
      );
      return;
    }
    if (driver === undefined) throw new Error(`there is no driver "${run.driver}"`);
    const outcome = await driver.run(work.turn, await agentTools(context, run, work), signal);
    if (signal.aborted) {
      await inTransaction(context, (tx) => parkRun(tx, run, { reason: 'stopped', notBeforeAt: tx.house.clock.now() }));
      return;
    }
    await inTransaction(context, (tx) => applyOutcome(tx, run, work, outcome));
  } catch (error) {
    if (error instanceof GuildhallError && error.code === 'stale_fence') return;
    await endBadly(system, run, error, log);
  }
}

async function endBadly(system: Context, run: Run, error: unknown, log: Logger): Promise<void> {
  const isExpected = error instanceof GuildhallError;
  if (!isExpected) log.error({ err: error, run: run.id, agent: run.agent_id }, 'a run failed');
  const code: FailureCode = isExpected ? 'tool_failed' : 'driver_failed';
  const message = isExpected ? error.message : `The driver failed (run ${run.id}).`;
  try {
    const principal = await agentPrincipal(system, run.agent_id);
    if (principal === undefined) return;
    const context: Context = { ...system, principal, requestId: `run:${run.id}` };
    await inTransaction(context, async (tx) => {
      await applyFailure(tx, run, code, message);
      await noteAgentError(tx, run.agent_id, { code, message, run: run.id, at: tx.house.clock.now() });
    });
  } catch (cause) {
    // The lease runs out and somebody takes the run back: nothing is lost, only later.
    const isOurs = !(cause instanceof GuildhallError && cause.code === 'stale_fence');
    if (isOurs) log.error({ err: cause, run: run.id }, 'the end of a run could not be written');
  }
}
