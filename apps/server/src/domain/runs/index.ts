export {
  cancelOrphanedRuns,
  cancelRunsOfAgent,
  cancelRunsOfTask,
  cancelWaitingRunsOfTask,
  pruneRuns,
  returnRunsToQueue,
} from './cancel.ts';
export { claimNextRun, loseRunsOfWorker, renewRuns, takeBackLostRuns } from './claim.ts';
export { type FailureCode, failureMend } from './failure.ts';
export { finishRun, parkRun, type RunOutcome } from './finish.ts';
export {
  type HousePause,
  housePause,
  pauseHouse,
  readHousePause,
  resumeHouse,
  resumeOffice,
  returnRuns,
  suspendOffice,
} from './kill-switch.ts';
export { recordModelCall, reserveForCall } from './model-calls.ts';
export { type OfficeStatus, officeStatus } from './office-status.ts';
export { assertPayable } from './payable.ts';
export { type CauseKind, type QueueRunInput, queueRun } from './queue.ts';
export { listRuns, listSteps, loadRun, queuePosition, type RunFilter, retryRun, stopRun } from './run-list.ts';
export { countOpenRuns, type Run } from './run-store.ts';
export { type Standstill, standstillOf, whyStopped } from './standstill.ts';
export {
  assertRunHeld,
  endStep,
  noteTools,
  type RunStep,
  recordStep,
  type StepInput,
  stepOfCall,
  stepsOf,
} from './steps.ts';
export { wakeRun, wakeRunsAwaitingModel, wakeRunsAwaitingReply } from './wake.ts';
