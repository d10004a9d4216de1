export { cancelOrphanedRuns, cancelRunsOfAgent, cancelRunsOfTask, returnRunsToQueue } from './cancel.ts';
export { claimNextRun, loseRunsOfWorker, renewRuns, takeBackLostRuns } from './claim.ts';
export { type FailureCode, failureMend } from './failure.ts';
export { finishRun, parkRun, type RunOutcome } from './finish.ts';
export { type CauseKind, type QueueRunInput, queueRun } from './queue.ts';
export { countOpenRuns, listRunsOfAgent, loadRun, type Run, type RunStatus } from './run-store.ts';
export { assertRunHeld, type RunStep, recordStep, stepsOf } from './steps.ts';
