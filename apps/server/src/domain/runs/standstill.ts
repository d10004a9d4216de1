import type { Context } from '../context/index.ts';
import { housePause } from './kill-switch.ts';
import type { Run } from './run-store.ts';

/** Why runs that wait do not start although nothing of their own stands in the way. */
export type Standstill = 'house_paused' | 'office_suspended' | 'agent_stopped';

/** What stands in the way of each of these runs of one office; runs that nothing holds are not in it. */
export async function standstillOf(context: Context, runs: readonly Run[]): Promise<Map<string, Standstill>> {
  const waiting = runs.filter((run) => run.status === 'queued');
  const found = new Map<string, Standstill>();
  if (waiting.length === 0) return found;
  const isPaused = (await housePause(context)) !== undefined;
  const places = await context.db
    .selectFrom('agents')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .select(['agents.id', 'agents.state', 'offices.status'])
    .where('agents.id', 'in', [...new Set(waiting.map((run) => run.agent_id))])
    .execute();
  const byAgent = new Map(places.map((place) => [place.id, place]));
  for (const run of waiting) {
    const place = byAgent.get(run.agent_id);
    if (isPaused) found.set(run.id, 'house_paused');
    else if (place?.status !== 'active') found.set(run.id, 'office_suspended');
    else if (place.state !== 'active') found.set(run.id, 'agent_stopped');
  }
  return found;
}

/** Why an agent may not work now, in words; undefined when it may. */
export async function whyStopped(context: Context, agentId: string): Promise<string | undefined> {
  const place = await context.db
    .selectFrom('agents')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .select(['agents.state', 'offices.status'])
    .where('agents.id', '=', agentId)
    .executeTakeFirst();
  if (place?.state !== 'active') return 'The agent is stopped.';
  if (place.status !== 'active') return 'The office is suspended.';
  return (await housePause(context)) === undefined ? undefined : 'The house is paused.';
}
