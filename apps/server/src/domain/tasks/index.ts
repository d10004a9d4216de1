export {
  type ArtifactInput,
  addArtifact,
  artifactKinds,
  evidenceFor,
  listArtifacts,
  type TaskArtifact,
} from './artifacts.ts';
export { changeTaskState } from './change-state.ts';
export { changeTask, type TaskChange } from './change-task.ts';
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
export { addComment, listComments, type TaskComment } from './comments.ts';
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
export { forgetTaskWords, indexTaskWords, prepareTaskWords } from './index-task-words.ts';
export { noteRefusal } from './refusals.ts';
export { retryWork } from './retry.ts';
export { nextState, type TaskAction, type TaskState, taskActions, taskStates } from './task.ts';
export { type TaskLogLine, taskLog } from './task-log.ts';
export {
  agentNamesOf,
  countTasks,
  dependenciesOf,
  listTasks,
  loadTask,
  numbersOf,
  subtasksOf,
  type Task,
  type TaskFilter,
  type TaskScope,
  type TaskStats,
  taskLister,
  taskStats,
} from './task-store.ts';
export { NO_TIES, type TaskTies, tiesOf } from './ties.ts';
export { askReview, assignTask, deleteTask, updateTask } from './update.ts';
export { type Verification, verificationOf } from './verification.ts';
export { statesCalled, stateWanted, taskWords } from './words.ts';
