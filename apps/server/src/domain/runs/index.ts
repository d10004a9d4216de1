export { cancelOrphanedRuns, cancelRunsOfAgent, cancelRunsOfTask, pruneRuns, returnRunsToQueue } from './cancel.ts';
export { claimNextRun, loseRunsOfWorker, renewRuns, takeBackLostRuns } from './claim.ts';
export { type FailureCode, failureMend } from './failure.ts';
export { finishRun, parkRun, type RunOutcome } from './finish.ts';
export { type CauseKind, type QueueRunInput, queueRun } from './queue.ts';
export { countOpenRuns, type Run } from './run-store.ts';
export { assertRunHeld, type RunStep, recordStep, stepsOf } from './steps.ts';
