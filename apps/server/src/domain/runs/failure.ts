/** Why a run ended badly, each with the next step for a person (RELIABILITY 16). */
export const failureMend = {
  budget_exhausted: 'Add credits to the office, or raise the agent’s daily cap.',
  not_understood: 'Say it in other words, or name the file.',
  lease_lost: 'The worker died more than once on this; look at the run’s steps before you try again.',
  tool_failed: 'Read the step that failed; mend the cause and reopen the task.',
  model_unavailable: 'Give the office or the house a credential for the agent’s model, or hire it with another one.',
  model_refused: 'Read what the provider said; change the model id or what is asked.',
  context_overflow: 'Split the task, or give the agent a model that takes more.',
  no_result: 'Ask again in clearer words, or give the agent a stronger model.',
  step_limit: 'Split the task; it took more steps than one run may take.',
  evidence_refused: 'Read what was sent and what is asked for; help the agent or change the task, then unblock it.',
  time_limit: 'Split the task, or raise GUILDHALL_RUN_SECONDS.',
  tool_denied: 'Allow the tool for this agent, or give the work to somebody else.',
  driver_failed: 'Look at the server log under the run’s id.',
  cancelled: 'Nothing: somebody cancelled it.',
} as const;

export type FailureCode = keyof typeof failureMend;
