import { type Driver, TurnFailure, type TurnOutcome, TurnParked, type Workspace } from '@guildhall/agent';
import { errors, GuildhallError } from '@guildhall/kernel';
import { isDatabaseUnavailable } from '@guildhall/storage';
import type { Logger } from 'pino';
import { noteAgentError } from '../domain/agents/index.ts';
import { type Context, inTransaction } from '../domain/context/index.ts';
import { agentPrincipal } from '../domain/identity/index.ts';
import { assertRunHeld, type FailureCode, finishRun, parkRun, type Run } from '../domain/runs/index.ts';
import { HEARTBEAT_PROMPT, SCHEDULE_SPEAKER } from '../domain/schedules/index.ts';
import { applyFailure, applyOutcome } from './apply-outcome.ts';
import { HEARTBEAT, heartbeatIn } from './identity-files.ts';
import { permitCalls } from './permit-calls.ts';
import { prepareTurn, type Work } from './prepare-turn.ts';
import { openJournal } from './run-journal.ts';
import { openRunTools, type ToolHost } from './run-tools.ts';
import { typedTools } from './typed-tools.ts';

/** What a run is executed with. */
export interface RunEquipment {
  driver: Driver | undefined;
  tools: ToolHost;
  signal: AbortSignal;
  log: Logger;
}

/**
 * Takes a leased run to its end. Never throws: whatever goes wrong is written to the run, unless the run is no longer
 * ours, in which case whoever has it now writes the end.
 */
export async function executeRun(
  system: Context,
  run: Run,
  { driver, tools, signal, log }: RunEquipment,
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
    const { toolBox, workspace, close } = await openRunTools(context, run, work, tools, signal);
    let outcome: TurnOutcome;
    try {
      if (!(await hasSomethingToDo(work, workspace))) {
        const summary = `${HEARTBEAT} is empty: nothing was asked of the model.`;
        await inTransaction(context, (tx) => finishRun(tx, run, { status: 'succeeded', summary }));
        return;
      }
      outcome = await driver.run(work.turn, {
        tools: typedTools(toolBox),
        toolBox,
        ...permitCalls(context, run, work),
        journal: await openJournal(context, run),
        say: liveText(context, run, work),
        signal,
      });
    } finally {
      await close();
    }
    if (signal.aborted) {
      if (signal.reason instanceof TurnFailure) throw signal.reason;
      await park(context, run, new TurnParked('stopped', 0));
      return;
    }
    await inTransaction(context, (tx) => applyOutcome(tx, run, work, outcome));
  } catch (error) {
    if (errors.isStaleFence(error, 'run')) return;
    const cause = signal.reason instanceof TurnFailure ? signal.reason : error;
    const parked = cause instanceof TurnParked ? cause : interruption(cause, signal, system.house.clock.now());
    if (parked?.reason === 'model_unavailable' && run.model_parks >= MODEL_PARKS_MAX)
      await endBadly(system, run, new TurnFailure('model_unavailable', MODEL_STAYS_AWAY), log);
    else if (parked === undefined) await endBadly(system, run, cause, log);
    else await tryToPark(system, run, parked, log);
  }
}

/** What the agent writes goes to who listens in the conversation, piece by piece. */
function liveText({ house }: Context, run: Run, work: Work): (text: string) => void {
  if (work.kind !== 'message') return () => {};
  const place = {
    officeId: run.office_id,
    conversationId: work.conversation.id,
    runId: run.id,
    agent: work.turn.agent.name,
  };
  return (text) => house.live.say({ ...place, text });
}

/** A heartbeat asks for what stands in the agent's checklist; with nothing in it, no model is woken (RELIABILITY 8). */
async function hasSomethingToDo(work: Work, workspace: Workspace): Promise<boolean> {
  const { cause } = work.turn;
  const isHeartbeat =
    cause.kind === 'message' && cause.from === SCHEDULE_SPEAKER && cause.text.trim() === HEARTBEAT_PROMPT;
  if (!isHeartbeat) return true;
  const checklist = await heartbeatIn(workspace);
  if (checklist === '') return false;
  cause.text = `Your heartbeat. Do what ${HEARTBEAT} asks for; when nothing is to be done, answer HEARTBEAT_OK.\n\n${checklist}`;
  return true;
}

const DATABASE_PAUSE_MS = 1_000;
/** A minute each, or until a credential is back: by then a person has to look. */
const MODEL_PARKS_MAX = 60;
const MODEL_STAYS_AWAY = 'The model did not answer, however long the run waited.';

/**
 * What breaks off a turn through no fault of its own: it was stopped in the middle of a call, or the database went away.
 * What is in the journal stays, the rest is done again.
 */
function interruption(error: unknown, signal: AbortSignal, now: number): TurnParked | undefined {
  if (signal.aborted && !(error instanceof TurnFailure)) return new TurnParked('stopped', 0);
  return isDatabaseUnavailable(error) ? new TurnParked('stopped', now + DATABASE_PAUSE_MS) : undefined;
}

/** Puts a run back without a worker. A decision that came meanwhile has nothing left to wake: then it goes on at once. */
async function park(context: Context, run: Run, { reason, notBeforeAt, isOver }: TurnParked): Promise<void> {
  await inTransaction(context, async (tx) => {
    await assertRunHeld(tx, run);
    const mayGoOn = isOver !== undefined && (await isOver(tx));
    await parkRun(tx, run, { reason, notBeforeAt: mayGoOn ? tx.house.clock.now() : notBeforeAt });
  });
}

async function tryToPark(system: Context, run: Run, parked: TurnParked, log: Logger): Promise<void> {
  try {
    await park(system, run, parked);
  } catch (error) {
    // Somebody else has the run: it is theirs to end. Anything else leaves it to its lease.
    if (!errors.isStaleFence(error, 'run')) log.error({ err: error, run: run.id }, 'a run could not be parked');
  }
}

async function endBadly(system: Context, run: Run, error: unknown, log: Logger): Promise<void> {
  const isExpected = error instanceof GuildhallError || error instanceof TurnFailure;
  if (!isExpected) log.error({ err: error, run: run.id, agent: run.agent_id }, 'a run failed');
  const code: FailureCode =
    error instanceof TurnFailure ? error.code : error instanceof GuildhallError ? 'tool_failed' : 'driver_failed';
  const message = isExpected ? (error as Error).message : `The driver failed (run ${run.id}).`;
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
    if (!errors.isStaleFence(cause, 'run'))
      log.error({ err: cause, run: run.id }, 'the end of a run could not be written');
  }
}
