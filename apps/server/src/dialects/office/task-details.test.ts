import { MitosisClient } from '@guildhall/sdk';
import { ApiClient, eventually, openModelServer, spokenTimes } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';
import { taskDetailCalls } from './testing/called-by-seed.ts';

let test: TestApp;
let mi: MitosisClient;
let office: string;
let api: ApiClient;
const agents: Record<string, MitosisClient> = {};

beforeAll(async () => {
  test = await openTestApp();
  const { key } = await test.newTenant('details');
  mi = new MitosisClient({ endpoint: test.url, apiKey: key });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  office = (await mi.offices.create({ name: 'details' })).id;
  for (const name of ['aria', 'bo']) {
    await mi.employees.hire(office, { name });
    const { api_key } = await mi.employees.rotateCredentials(office, name);
    agents[name] = new MitosisClient({ endpoint: test.url, apiKey: api_key });
  }
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    const text = await response.clone().text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    const body: unknown = isJson ? JSON.parse(text) : text;
    const { status, headers } = response;
    api.check(init?.method ?? 'GET', new URL(String(input)).pathname, { status, headers, body }, isJson);
    return response;
  };
});
afterAll(() => test.close());

const as = (name: string) => agents[name] as MitosisClient;

describe('a task', () => {
  it('is worked on from outside: claimed, reported on, ended with its evidence, sent back and accepted', async () => {
    const { id } = await mi.tasks.create(office, { title: 'Write the report', assigned_to: 'aria', reviewer: 'bo' });
    expect(await as('aria').tasks.update(office, id, { status: 'running' })).toMatchObject({ status: 'running' });
    await expect(as('bo').tasks.update(office, id, { status: 'running' })).rejects.toMatchObject({ status: 409 });
    await as('aria').tasks.update(office, id, { progress: 40 });
    await as('aria').files.upload(office, 'report.md', Buffer.from('All is well.'));
    const done = { status: 'completed', result: 'Written.', evidence: { files: [{ name: 'report.md' }] } };
    expect(await as('aria').tasks.update(office, id, done)).toMatchObject({ state: 'review', progress: 100 });
    await expect(as('aria').tasks.verify(office, id, { accepted: true })).rejects.toMatchObject({ status: 403 });
    const back = await as('bo').tasks.verify(office, id, { accepted: false, comments: 'The date is missing.' });
    expect(back).toMatchObject({ state: 'queued', review_notes: 'The date is missing.' });
    await as('aria').tasks.update(office, id, { status: 'running' });
    await as('aria').tasks.update(office, id, { ...done, result: 'Dated.' });
    expect(await mi.tasks.verify(office, id, { accepted: true, reviewer: 'Ida', comments: 'Good.' })).toMatchObject({
      status: 'completed',
      review_notes: 'Ida: Good.',
    });
    expect(await mi.tasks.artifacts(office, id)).toMatchObject([
      { kind: 'file', path: 'report.md', created_by: 'aria' },
    ]);
  });

  it('shows what hangs on it, in the spelling of both families of clients', async () => {
    const first = await mi.tasks.create(office, { title: 'First' });
    const whole = await mi.tasks.create(office, { title: 'Whole', dependsOn: [first.id] });
    const part = await mi.tasks.create(office, { title: 'Part', parentId: whole.number });
    await mi.tasks.comment(office, whole.id, 'Take the new numbers.');
    await as('bo').tasks.comment(office, whole.id, 'Which ones?');
    await mi.tasks.addArtifact(office, whole.id, { path: 'https://example.org/plan', label: 'The plan' });
    const detail = await mi.tasks.get(office, whole.id);
    expect(detail).toMatchObject({
      title: 'Whole',
      depends_on: first.id,
      subtask_count: 1,
      task: { id: whole.id, dependsOn: first.id, createdAt: whole.created_at, parentId: null },
      comments: [
        { author: 'bo', author_kind: 'agent', body: 'Which ones?' },
        { author_kind: 'user', body: 'Take the new numbers.' },
      ],
      subtasks: [{ id: part.id }],
      artifacts: [{ kind: 'link', path: 'https://example.org/plan', label: 'The plan' }],
      linkedMessages: [],
    });
    expect(detail.logs.map(({ event }) => event)).toEqual([
      'task.artifact_added',
      'task.commented',
      'task.commented',
      'task.created',
    ]);
    expect((await mi.tasks.get(office, part.id)).task.parentId).toBe(whole.number);
    expect((await mi.tasks.subtasks(office, whole.id)).map(({ id }) => id)).toEqual([part.id]);
    expect((await mi.tasks.list(office, { parent: whole.id })).map(({ id }) => id)).toEqual([part.id]);
    expect((await mi.tasks.list(office, { q: 'whole' })).map(({ id, subtask_count }) => [id, subtask_count])).toEqual([
      [whole.id, 1],
    ]);
    expect((await mi.tasks.list(office, { assigned_to: 'bo' })).length).toBe(0);
  });

  it('pages its comments and its log by keyset', async () => {
    const { id } = await mi.tasks.create(office, { title: 'Talked about' });
    for (const text of ['one', 'two', 'three']) await mi.tasks.comment(office, id, text);
    const said: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await mi.tasks.comments(office, id, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      said.push(...page.map(({ body }) => body));
      cursor = mi.transport.lastCursor;
    } while (cursor !== undefined);
    expect(said).toEqual(['three', 'two', 'one']);
    const [line] = await mi.tasks.logs(office, id, { limit: 1 });
    expect(line).toMatchObject({ event: 'task.commented', agent: null, taskId: id });
    expect(mi.transport.lastCursor).toBeTypeOf('string');
    expect(await as('aria').tasks.logs(office, id)).toHaveLength(4);
    await mi.tasks.delete(office, id);
    await expect(mi.tasks.comments(office, id)).rejects.toMatchObject({ status: 404 });
    await expect(as('aria').tasks.delete(office, id)).rejects.toMatchObject({ status: 404 });
  });

  it('hides an artifact from an agent that may not read the file', async () => {
    const { id } = await mi.tasks.create(office, { title: 'Secret plans' });
    await mi.files.upload(office, 'plans.md', Buffer.from('To Larvik.'));
    await mi.tasks.addArtifact(office, id, { path: 'plans.md' });
    await expect(mi.tasks.addArtifact(office, id, { path: 'nothing.md' })).rejects.toMatchObject({ status: 400 });
    expect(await as('aria').tasks.artifacts(office, id)).toHaveLength(1);
    await mi.files.setPermissions(office, 'plans.md', [{ agent_name: 'aria', access: 'none' }]);
    expect(await as('aria').tasks.artifacts(office, id)).toEqual([]);
    expect(
      JSON.stringify([await as('aria').tasks.logs(office, id), await as('aria').tasks.get(office, id)]),
    ).not.toContain('plans.md');
    expect(await as('bo').tasks.artifacts(office, id)).toHaveLength(1);
    await mi.tasks.update(office, id, { status: 'running' });
    const evidence = { files: [{ name: 'plans.md' }], sources: ['drive:plans.md', 'https://example.org'] };
    await mi.tasks.update(office, id, { status: 'completed', result: 'Planned.', evidence });
    expect((await as('bo').tasks.get(office, id)).evidence).toMatchObject({ files: [{ name: 'plans.md' }] });
    expect((await as('aria').tasks.get(office, id)).evidence).toEqual({
      files: [],
      sources: ['https://example.org'],
    });
    expect(JSON.stringify(await as('aria').tasks.get(office, id))).not.toContain('plans.md');
  });

  it('goes only to an agent that has what it requires', async () => {
    const request = { title: 'Open the pull request', requiredTools: ['github'] };
    await expect(mi.tasks.create(office, { ...request, assigned_to: 'aria' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('github'),
    });
    await expect(mi.tasks.create(office, { ...request, requiredTools: ['nothing'] })).rejects.toMatchObject({
      status: 400,
    });
    const task = await mi.tasks.create(office, request);
    expect(task.required_tools).toEqual(['github']);
    await expect(mi.tasks.update(office, task.id, { assigned_to: 'aria' })).rejects.toMatchObject({ status: 409 });
    await expect(as('aria').tasks.update(office, task.id, { status: 'running' })).rejects.toMatchObject({
      status: 409,
    });
    const next = async () =>
      (await as('aria').transport.get<{ data: { uuid: string }[] }>('/api/tasks', { next: 'true' })).data;
    expect((await next()).map(({ uuid }) => uuid)).not.toContain(task.id);
    await mi.integrations.ensureSecret(office, 'github', 'gh-token-of-the-office');
    await mi.integrations.toggleAgent(office, 'github', 'aria', true);
    expect(await mi.tasks.update(office, task.id, { assigned_to: 'aria' })).toMatchObject({ assigned_to: 'aria' });
  });

  it('refuses what it does not understand, and changes nothing of the rest', async () => {
    const { id } = await mi.tasks.create(office, { title: 'Stays' });
    await expect(mi.tasks.update(office, id, { title: 'Changed', status: 'sideways' })).rejects.toMatchObject({
      status: 400,
    });
    await expect(mi.tasks.update(office, id, { title: 'Changed', assigned_to: 'nobody' })).rejects.toMatchObject({
      status: 404,
    });
    expect((await mi.tasks.get(office, id)).title).toBe('Stays');
    await expect(mi.tasks.comment(office, id, '  ')).rejects.toMatchObject({ status: 400 });
    await expect(mi.tasks.addArtifact(office, id, { kind: 'link', path: 'javascript:alert(1)' })).rejects.toMatchObject(
      {
        status: 400,
      },
    );
  });
});

it('an agent that works on a task has read what was said about it, and its messages are linked to it', async () => {
  const model = await openModelServer((request) =>
    spokenTimes(request) === 0
      ? { calls: [{ name: 'chat_send', input: { to: 'user', text: 'I look at it now.' } }] }
      : { calls: [{ name: 'task_complete', input: { result: 'Seen.' } }] },
  );
  const working = await openTestApp({
    supervise: true,
    environment: { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: model.anthropicUrl },
  });
  try {
    const { key } = await working.newTenant('reads');
    const client = new MitosisClient({ endpoint: working.url, apiKey: key });
    const { id } = await client.offices.create({ name: 'reads' });
    await client.employees.hire(id, { name: 'ada', modelTier: 'haiku' });
    const first = await client.tasks.create(id, { title: 'Waits' });
    const task = await client.tasks.create(id, { title: 'Look', dependsOn: [first.id] });
    await client.tasks.comment(id, task.id, 'Mind the heron.');
    await client.tasks.update(id, task.id, { assigned_to: 'ada' });
    await client.tasks.update(id, first.id, { status: 'completed', result: 'Done.' });
    const detail = await eventually('the task is done', async () => {
      const seen = await client.tasks.get(id, task.id);
      return seen.status === 'completed' ? seen : undefined;
    });
    expect(JSON.stringify(model.requests[0])).toContain('Mind the heron.');
    expect(detail.linkedMessages).toMatchObject([{ from_agent: 'ada', content: 'I look at it now.' }]);
  } finally {
    await working.close();
    await model.close();
  }
});

it('every operation of this part was called here', () => {
  expect(api.operationIds.filter((id) => taskDetailCalls.has(id) && !api.exercised.has(id))).toEqual([]);
});
