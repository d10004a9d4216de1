import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { openModelServer, type ScriptedAnswer, type ScriptedRequest, spokenTimes } from '@guildhall/testing';
import { quantile, type Row } from './report.ts';
import { callServer, type RunningServer, startServer } from './server-process.ts';

const TURNS = 100;
const WAKES = 100;
const BUSY_AGENTS = 200;
const BUSY_TURNS = 8;
const THINK_MS = 1_500;
const STEPS = 50_000;
const PAGES = 50;

/** What the house adds to a model: per turn, when it wakes an agent, with many at work, when somebody looks. */
export async function benchAgents(): Promise<Row[]> {
  return [...(await oneAgent()), ...(await manyAgents())];
}

const ms = (value: number) => `${value.toFixed(1)} ms`;

async function oneAgent(): Promise<Row[]> {
  /** When requests came in, and when the answer to the one before was given. */
  const gaps: number[] = [];
  let answeredAt = 0;
  let askedAt = 0;
  const script = (request: ScriptedRequest): ScriptedAnswer => {
    askedAt = performance.now();
    const opening = request.turns[0]?.role === 'user' ? request.turns[0].text : '';
    const isTask = opening.includes('a long task');
    if (isTask && spokenTimes(request) > 0) gaps.push(askedAt - answeredAt);
    answeredAt = performance.now();
    if (!isTask) return { text: 'Here I am.' };
    if (spokenTimes(request) >= TURNS) return { calls: [{ name: 'task_complete', input: { result: 'done' } }] };
    return { calls: [{ name: 'task_progress', input: { percent: spokenTimes(request) % 100, step: 'on it' } }] };
  };
  const model = await openModelServer(script);
  const server = await startServer(environmentOf(model.anthropicUrl));
  const base = await openOffice(server, ['aria']);
  const { id } = await callServer<{ id: string }>(server, 'POST', `${base}/tasks`, {
    title: 'a long task',
    assigned_to: 'aria',
  });
  await until(async () => (await callServer<{ state: string }>(server, 'GET', `${base}/tasks/${id}`)).state === 'done');

  const wakes: number[] = [];
  const firstTexts: number[] = [];
  const controller = new AbortController();
  const stream = await fetch(`${server.url}${base}/messages/stream?deltas=true`, {
    headers: { authorization: `Bearer ${server.key}` },
    signal: controller.signal,
  });
  const heard = firstTextsIn(stream);
  for (let index = 0; index < WAKES; index++) {
    const sentAt = performance.now();
    await callServer(server, 'POST', `${base}/messages/send`, { to: 'aria', content: `are you there? ${index}` });
    firstTexts.push((await heard.next()).value - answeredAt);
    wakes.push(askedAt - sentAt);
    await until(
      async () => (await callServer<unknown[]>(server, 'GET', `${base}/runs?status=queued,running`)).length === 0,
    );
  }
  controller.abort();
  const pages = await timePages(server, base);
  await model.close();
  return [
    { what: 'overhead of a model turn with a tool call, p50', measured: ms(quantile(gaps, 0.5)), aim: '<= 15 ms' },
    { what: 'the same, p99', measured: ms(quantile(gaps, 0.99)), aim: '-' },
    { what: 'message to the model being asked (idle agent), p50', measured: ms(quantile(wakes, 0.5)), aim: '<= 50 ms' },
    { what: 'the same, p99', measured: ms(quantile(wakes, 0.99)), aim: '<= 50 ms' },
    { what: 'first token from model to reader, p50', measured: ms(quantile(firstTexts, 0.5)), aim: '<= 20 ms' },
    { what: 'the same, p99', measured: ms(quantile(firstTexts, 0.99)), aim: '<= 20 ms' },
    { what: `newest page of ${STEPS} steps, p50`, measured: ms(quantile(pages, 0.5)), aim: '<= 20 ms' },
    { what: 'the same, p99', measured: ms(quantile(pages, 0.99)), aim: '<= 20 ms' },
  ];
}

/** Many agents, each with a model that thinks for a while: what counts is how long the house takes in between. */
async function manyAgents(): Promise<Row[]> {
  const answeredAt = new Map<string, number>();
  const gaps: number[] = [];
  const model = await openModelServer(async (request) => {
    const who = /You are (agent-\d+)/.exec(request.system)?.[1] ?? '';
    const before = answeredAt.get(who);
    if (before !== undefined && spokenTimes(request) > 0) gaps.push(performance.now() - before);
    // Not all in step: agents do not think equally long.
    await delay(THINK_MS * (0.5 + Math.random()));
    answeredAt.set(who, performance.now());
    if (spokenTimes(request) >= BUSY_TURNS) return { calls: [{ name: 'task_complete', input: { result: 'done' } }] };
    return { calls: [{ name: 'task_progress', input: { percent: 10 * spokenTimes(request), step: 'on it' } }] };
  });
  const server = await startServer({
    ...environmentOf(model.anthropicUrl),
    GUILDHALL_RUN_CONCURRENCY: String(BUSY_AGENTS),
  });
  const names = Array.from({ length: BUSY_AGENTS }, (_, index) => `agent-${index}`);
  const base = await openOffice(server, names);
  // The first round is their birth, with files of their own: that happens once.
  for (const round of [1, 2]) {
    gaps.length = 0;
    for (const name of names)
      await callServer(server, 'POST', `${base}/tasks`, { title: `work ${round} for ${name}`, assigned_to: name });
    await until(async () => {
      const stats = await callServer<{ completed: number }>(server, 'GET', `${base}/tasks/stats`);
      return stats.completed === round * BUSY_AGENTS;
    }, 500);
  }
  await server.stop(false);
  await model.close();
  const dispatches = timeDispatches(server.folder);
  rmSync(server.folder, { recursive: true, force: true });
  return [
    {
      what: `an answer on record to its tool's result on record, ${BUSY_AGENTS} agents at work, p50`,
      measured: ms(quantile(dispatches, 0.5)),
      aim: '-',
    },
    { what: 'the same, p99', measured: ms(quantile(dispatches, 0.99)), aim: '<= 100 ms' },
    {
      what: `model to tool to model with ${BUSY_AGENTS} agents at work, p50`,
      measured: ms(quantile(gaps, 0.5)),
      aim: '-',
    },
    { what: 'the same, p99', measured: ms(quantile(gaps, 0.99)), aim: '-' },
  ];
}

/** From the step log: when each answer was kept, and when the tool that it called was done. */
function timeDispatches(folder: string): number[] {
  const database = new DatabaseSync(`${folder}/guildhall.sqlite`, { readOnly: true });
  const rows = database
    .prepare(
      `select tool.finished_at - answer.finished_at as took from run_steps as tool
       join run_steps as answer on answer.run_id = tool.run_id and answer.seq = tool.seq - 1 and answer.kind = 'model'
       where tool.kind = 'tool' and tool.name = 'task_progress'`,
    )
    .all() as { took: number }[];
  database.close();
  return rows.map(({ took }) => took);
}

function environmentOf(url: string): Record<string, string> {
  return {
    ANTHROPIC_API_KEY: 'bench',
    ANTHROPIC_BASE_URL: url,
    GUILDHALL_OFFICE_GRANT: '100000',
    GUILDHALL_RUN_STEPS: '1000',
  };
}

async function openOffice(server: RunningServer, names: string[]): Promise<string> {
  const { id } = await callServer<{ id: string }>(server, 'POST', '/api/v1/offices', { name: 'bench' });
  const base = `/api/v1/offices/${id}`;
  for (const name of names) await callServer(server, 'POST', `${base}/employees`, { name, modelTier: 'haiku' });
  return base;
}

/** Gives a run a long life in the database, and asks for its newest page. Stops and removes the server. */
async function timePages(server: RunningServer, base: string): Promise<number[]> {
  const runs = await callServer<{ id: string }[]>(server, 'GET', `${base}/runs?limit=1`);
  const runId = runs[0]?.id ?? '';
  await server.stop(false);
  const database = new DatabaseSync(`${server.folder}/guildhall.sqlite`);
  database.exec('begin');
  const insert = database.prepare(
    `insert into run_steps (run_id, seq, kind, call_id, name, arguments_hash, arguments, status, result, input_tokens,
     cached_input_tokens, output_tokens, cost_micros, started_at, finished_at)
     values (?, ?, 'tool', ?, 'workspace_read', '', '{"path":"notes.md"}', 'done', ?, 0, 0, 0, 0, ?, ?)`,
  );
  const result = JSON.stringify({ text: 'a line of a file that was read\n'.repeat(20) });
  for (let seq = 1_000; seq < 1_000 + STEPS; seq++) insert.run(runId, seq, `bench-${seq}`, result, seq, seq);
  database.exec('commit');
  database.close();
  const again = await startServer({}, server.folder);
  const times: number[] = [];
  for (let page = 0; page < PAGES; page++) {
    const startedAt = performance.now();
    await callServer(again, 'GET', `${base}/runs/${runId}/steps?limit=50`);
    times.push(performance.now() - startedAt);
  }
  await again.stop(true);
  return times;
}

/** When the first text of each answer was heard. */
async function* firstTextsIn(response: Response): AsyncGenerator<number, never> {
  let buffer = '';
  let isBeginning = false;
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end !== -1; end = buffer.indexOf('\n\n')) {
      const frame = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      if (!frame.includes('event: message_delta')) continue;
      const isEmpty = frame.includes('"text":""');
      if (isEmpty) isBeginning = true;
      else if (isBeginning) {
        isBeginning = false;
        yield performance.now();
      }
    }
  }
  throw new Error('the stream of messages ended');
}

async function until(isSo: () => Promise<boolean>, everyMs = 5): Promise<void> {
  while (!(await isSo())) await delay(everyMs);
}
