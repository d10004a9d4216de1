export { changeTaskState, heldFence, type StateChange } from './change-state.ts';
export {
  type Claim,
  claimNextTask,
  claimTask,
  expireTaskLeases,
  peekNextTask,
  releaseTask,
  renewTaskClaim,
  returnOrphanedTasks,
} from './claim.ts';
export { checkCompletion, completeTask, failTask, type Prover, reportProgress, tryEvidence } from './complete.ts';
export { type CreateTaskInput, createTask } from './create.ts';
export { acceptTask, blockTask, cancelTask, rejectTask, reopenTask } from './decide.ts';
export {
  type Completion,
  type Evidence,
  type EvidenceFile,
  type EvidenceProblem,
  evidenceExample,
  type VerificationType,
} from './evidence.ts';
export { noteRefusal } from './refusals.ts';
export { retryWork } from './retry.ts';
export { nextState, type TaskAction, type TaskState, taskActions, taskStates } from './task.ts';
export {
  agentNamesOf,
  countTasks,
  dependenciesOf,
  listTasks,
  loadTask,
  subtasksOf,
  type Task,
  type TaskFilter,
  type TaskScope,
  type TaskStats,
  taskLister,
  taskStats,
} from './task-store.ts';
export { askReview, assignTask, deleteTask, type UpdateTaskInput, updateTask } from './update.ts';
export { type Verification, verificationOf } from './verification.ts';
export { type OfficeTaskWord, type OpsTaskWord, statesCalled, taskWords } from './words.ts';
