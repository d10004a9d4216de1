import { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { agentNames, loadAgent } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import {
  failureMend,
  listRuns,
  listSteps,
  loadRun,
  queuePosition,
  type Run,
  type RunStep,
  type Standstill,
  standstillOf,
  stopRun,
} from '../../domain/runs/index.ts';
import { retryWork } from '../../domain/tasks/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 50;
const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];

async function presentRuns(context: Context, runs: readonly Run[]): Promise<office.Run[]> {
  const names = await agentNames(
    context,
    runs.map((run) => run.agent_id),
  );
  const held = await standstillOf(context, runs);
  return runs.map((run) => presentRun(run, names.get(run.agent_id) ?? run.agent_id, null, held.get(run.id)));
}

async function presentOne(context: Context, run: Run): Promise<office.Run> {
  const names = await agentNames(context, [run.agent_id]);
  const held = await standstillOf(context, [run]);
  const position = (await queuePosition(context, run)) ?? null;
  return presentRun(run, names.get(run.agent_id) ?? run.agent_id, position, held.get(run.id));
}

function presentRun(
  run: Run,
  agent: string,
  queuePositionNow: number | null,
  standstill: Standstill | undefined,
): office.Run {
  const code = run.failure_code;
  return {
    id: run.id,
    agent,
    cause: run.cause_kind as office.Run['cause'],
    cause_id: run.cause_id,
    driver: run.driver,
    model: run.model,
    status: run.status as office.Run['status'],
    waiting_for: standstill ?? run.waiting_reason,
    not_before: run.status === 'queued' ? formatInstant(run.not_before_at) : null,
    queue_position: queuePositionNow,
    current_step: run.current_step,
    attempts: run.attempts,
    summary: run.outcome === null ? null : String(run.outcome.summary),
    failure: code === null ? null : { code, mend: failureMend[code as keyof typeof failureMend] ?? '' },
    cost_credits: run.cost_micros > 0 ? run.cost_micros / 1_000_000 : run.cost_cents / 100,
    input_tokens: run.input_tokens,
    output_tokens: run.output_tokens,
    created_at: formatInstant(run.created_at),
    started_at: run.started_at === null ? null : formatInstant(run.started_at),
    finished_at: run.finished_at === null ? null : formatInstant(run.finished_at),
  };
}

function presentStep(step: RunStep): office.RunStep {
  return {
    seq: step.seq,
    kind: step.kind as office.RunStep['kind'],
    name: step.name,
    call_id: step.call_id,
    arguments: step.arguments,
    status: step.status as office.RunStep['status'],
    result: step.result,
    input_tokens: step.input_tokens,
    cached_input_tokens: step.cached_input_tokens,
    output_tokens: step.output_tokens,
    cost_credits: step.cost_micros / 1_000_000,
    duration_ms: step.finished_at === null ? null : step.finished_at - step.started_at,
    at: formatInstant(step.started_at),
  };
}

function statusesIn(words: string | undefined): string[] | undefined {
  if (words === undefined) return undefined;
  const statuses = words.split(',').map((word) => word.trim());
  const unknown = statuses.find((status) => !STATUSES.includes(status));
  if (unknown !== undefined)
    throw errors.validationFailed('status', `"${unknown}" is not one of ${STATUSES.join(', ')}`);
  return statuses;
}

/** Runs are ours: the seeds show them as activity only. */
export function runRoutes(door: Door): void {
  const tag = 'Runs';
  const base = '/api/v1/offices/:officeId/runs';
  const one = `${base}/:runId`;
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'runs.list',
      tag,
      summary: 'The runs of an office, newest first',
      params: office.OfficeParams,
      query: office.RunListQuery,
      answers: { 200: Type.Array(office.Run) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const agent =
        query.agent === undefined ? undefined : await loadAgent(context, params.officeId, query.agent, 'agents:read');
      const filter = { agentId: agent?.id, statuses: statusesIn(query.status) };
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return presentRuns(context, itemsWithCursor(reply, await listRuns(context, params.officeId, filter, page)));
    },
  );
  door.route(
    {
      method: 'GET',
      path: one,
      id: 'runs.get',
      tag,
      summary: 'One run',
      params: office.RunParams,
      answers: { 200: office.Run },
      fails: [404],
    },
    async ({ context, params }) => presentOne(context, await loadRun(context, params.officeId, params.runId)),
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/steps`,
      id: 'runs.steps',
      tag,
      summary: 'The steps of a run, newest first',
      description: 'A page ends at `limit` steps or at about a megabyte, whichever comes first.',
      params: office.RunParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.RunStep) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const run = await loadRun(context, params.officeId, params.runId);
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listSteps(context, run, page)).map(presentStep);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/stop`,
      id: 'runs.stop',
      tag,
      summary: 'End a run that waits or is under way',
      description: 'Its worker is told at once and can write nothing more. A run that has ended is answered as it is.',
      params: office.RunParams,
      answers: { 200: office.Run },
      fails: [404],
    },
    async ({ context, params }) => presentOne(context, await stopRun(context, params.officeId, params.runId)),
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/retry`,
      id: 'runs.retry',
      tag,
      summary: 'Let a run that failed or was stopped go on from its last step',
      params: office.RunParams,
      answers: { 200: office.Run },
      fails: [404, 409],
      idempotent: true,
    },
    async ({ context, params }) => presentOne(context, await retryWork(context, params.officeId, params.runId)),
  );
}
