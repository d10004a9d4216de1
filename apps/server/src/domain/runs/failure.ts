/** Why a run ended badly, each with the next step for a person (RELIABILITY 16). */
export const failureMend = {
  budget_exhausted: 'Add credits to the office, or raise the agent’s daily cap.',
  not_understood: 'Say it in other words, or name the file.',
  lease_lost: 'The worker died more than once on this; look at the run’s steps before you try again.',
  tool_failed: 'Read the step that failed; mend the cause and reopen the task.',
  driver_failed: 'Look at the server log under the run’s id.',
  cancelled: 'Nothing: somebody cancelled it.',
} as const;

export type FailureCode = keyof typeof failureMend;
