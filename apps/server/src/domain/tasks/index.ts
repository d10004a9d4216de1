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
export { type Completion, checkCompletion, completeTask, failTask, reportProgress } from './complete.ts';
export { type CreateTaskInput, createTask } from './create.ts';
export { acceptTask, blockTask, cancelTask, rejectTask, reopenTask } from './decide.ts';
export type { Evidence, EvidenceFile, EvidenceProblem, VerificationType } from './evidence.ts';
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
export { assignTask, deleteTask, type UpdateTaskInput, updateTask } from './update.ts';
export { type OfficeTaskWord, type OpsTaskWord, statesCalled, taskWords } from './words.ts';
