import Type, { type Static } from 'typebox';
import { nullable, stringEnum } from '../shapes.ts';

export const IdleCheckQuery = Type.Object({
  agent_name: Type.String({ minLength: 1, maxLength: 300 }),
  run_mode: Type.Optional(
    Type.String({ maxLength: 40, description: 'task, cron or both; any other word counts as cron.' }),
  ),
});

/** Seed: orkosi-api, agent-runs/idle-check; flat, as the scripts that ask it read it. */
export const IdleCheck = Type.Object({
  agent: Type.String(),
  run_mode: stringEnum(['task', 'cron', 'both'], 'As it was understood.'),
  skip: Type.Boolean({ description: 'Nothing would come of waking the agent now.' }),
  should_skip: Type.Boolean({ description: 'The same.' }),
  reason: stringEnum(
    ['house_paused', 'office_suspended', 'agent_stopped', 'budget_exhausted', 'nothing_to_do', 'work_waits'],
    'Why.',
  ),
  next_task: nullable(Type.Object({ id: Type.Integer(), title: Type.String() })),
});
export type IdleCheck = Static<typeof IdleCheck>;
