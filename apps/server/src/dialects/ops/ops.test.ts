import { ApiClient } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueKey } from '../../domain/identity/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let api: ApiClient;
let office: ApiClient;
let tenant: Tenant;

beforeAll(async () => {
  test = await openTestApp();
  api = await ApiClient.open(test.url, '/api/docs/openapi.json');
  office = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('ops-api');
});
afterAll(() => test.close());

const call = (method: string, path: string, body?: unknown, key = tenant.key) =>
  api.call(method, path, { key, ...(body === undefined ? {} : { body }) });

describe('health', () => {
  it('is open and flat', async () => {
    expect((await api.call('GET', '/api/health')).body).toMatchObject({
      status: 'ok',
      db: 'connected',
      redis: 'not_configured',
      uptime: expect.any(Number),
    });
    expect((await api.call('GET', '/api/ready')).status).toBe(200);
    expect((await api.call('GET', '/api/version')).body).toMatchObject({ version: '0.0.0-test' });
    expect((await api.call('GET', '/api/v1/health')).status).toBe(200);
  });
});

describe('agents', () => {
  it('are created in the default office, listed, stopped, started and restarted', async () => {
    const created = await call('POST', '/api/agents', {
      name: 'felix',
      display_name: 'Felix',
      emoji: '📦',
      color: '#3b82f6',
      interval_sec: 3600,
    });
    expect(created).toMatchObject({
      status: 200,
      body: { data: { id: expect.any(Number), name: 'felix', display_name: 'Felix', status: 'idle' } },
    });
    expect(await call('POST', '/api/agents', { name: 'felix' })).toMatchObject({
      status: 409,
      body: { error: { code: 'CONFLICT' } },
    });
    expect((await call('POST', '/api/agents/felix/stop', { note: 'lunch' })).body.data.status).toBe('stopped');
    expect((await call('GET', '/api/agents?status=stopped')).body).toMatchObject({
      data: [{ name: 'felix' }],
      meta: { total: 1, limit: 50, offset: 0 },
    });
    expect((await call('POST', `/api/agents/${created.body.data.id}/start`)).body.data.status).toBe('idle');
    expect((await call('POST', '/api/agents/felix/restart')).body.data).toMatchObject({
      request_id: expect.stringMatching(/^req_agent_restart_/),
    });
    expect((await call('POST', '/api/agents/nobody/stop')).status).toBe(404);
  });
});

describe('tasks', () => {
  it('are the same through office and ops, by the words of each', async () => {
    const created = await call('POST', '/api/tasks', { title: 'Fix login bug', priority: 'P1', assignee: 'felix' });
    expect(created).toMatchObject({
      status: 201,
      body: { data: { status: 'todo', priority: 'P1', assignee: 'felix' } },
    });
    const { id, uuid } = created.body.data;
    const [first] = (await office.call('GET', '/api/v1/offices', { key: tenant.key })).body;
    const seen = await office.call('GET', `/api/v1/offices/${first.id}/tasks/${uuid}`, { key: tenant.key });
    expect(seen.body).toMatchObject({
      id: uuid,
      number: id,
      title: 'Fix login bug',
      status: 'queued',
      priority: 25,
      assigned_to: 'felix',
    });
    const employee = await office.call('GET', `/api/v1/offices/${first.id}/employees/felix`, { key: tenant.key });
    const agent = (await call('GET', '/api/agents')).body.data[0];
    expect(employee.body).toMatchObject({
      id: agent.uuid,
      number: agent.id,
      name: agent.name,
      created_at: agent.created_at,
    });
    await call('PATCH', `/api/tasks/${id}`, { status: 'in_progress', progress_pct: 40, current_step: 'reading' });
    expect(
      (await office.call('GET', `/api/v1/offices/${first.id}/tasks/${id}`, { key: tenant.key })).body,
    ).toMatchObject({ status: 'running', progress: 40 });
    await call('PATCH', `/api/tasks/${id}`, {
      status: 'done',
      completion_notes: 'fixed',
      completion_evidence: 'curl says 200',
    });
    expect(
      (await office.call('GET', `/api/v1/offices/${first.id}/tasks/${id}`, { key: tenant.key })).body,
    ).toMatchObject({ status: 'completed', result: 'fixed', evidence: { notes: 'curl says 200' } });
    expect((await call('GET', `/api/tasks/${uuid}`)).body.data).toMatchObject({
      id,
      status: 'done',
      completed_at: expect.any(String),
      blocked_by: [],
    });
  });

  it('a title that is open is answered with the open task', async () => {
    const first = await call('POST', '/api/tasks', { title: 'Nightly audit' });
    const again = await call('POST', '/api/tasks', { title: 'nightly  AUDIT' });
    expect(again).toMatchObject({
      status: 200,
      body: { data: { id: first.body.data.id }, meta: { deduplicated: true } },
    });
  });

  it('next=true names the most urgent task that may start, and never a finished one', async () => {
    const low = (await call('POST', '/api/tasks', { title: 'low', priority: 'P3', assignee: 'felix' })).body.data;
    const high = (await call('POST', '/api/tasks', { title: 'high', priority: 'P0', assignee: 'felix' })).body.data;
    const waits = await call('POST', '/api/tasks', {
      title: 'waits',
      priority: 'P0',
      assignee: 'felix',
      depends_on: [low.id],
    });
    expect((await call('GET', `/api/tasks/${waits.body.data.id}`)).body.data.blocked_by).toMatchObject([
      { id: low.id },
    ]);
    const next = async () => (await call('GET', '/api/tasks?next=true&assignee=felix')).body.data[0]?.title;
    expect(await next()).toBe('high');
    await call('PATCH', `/api/tasks/${high.id}`, { status: 'done', completion_notes: 'ok' });
    expect(await next()).toBe('low');
    await call('PATCH', `/api/tasks/${low.id}`, { status: 'done', completion_notes: 'ok' });
    expect(await next()).toBe('waits');
    await call('PATCH', `/api/tasks/${waits.body.data.id}`, { status: 'cancelled' });
    expect(await next()).toBeUndefined();
  });

  it('422 says what is missing; 409 when the claim is somebody else’s or the fence is stale', async () => {
    const task = (await call('POST', '/api/tasks', { title: 'needs a file', verification_type: 'file_exists' })).body
      .data;
    const claimed = await call('PATCH', `/api/tasks/${task.id}`, { status: 'in_progress' });
    const refused = await call('PATCH', `/api/tasks/${task.id}`, { status: 'done', completion_notes: 'trust me' });
    expect(refused).toMatchObject({
      status: 422,
      body: { error: { code: 'EVIDENCE_REJECTED', details: [{ missing: [{ field: 'evidence.files' }] }] } },
    });
    const { key } = await issueKey(tenant.context, {
      family: 'organization_live',
      name: 'worker',
      organizationId: tenant.organizationId,
      scopes: ['tasks:read', 'tasks:write', 'offices:read'],
    });
    expect((await call('PATCH', `/api/tasks/${task.id}`, { progress_pct: 50 }, key)).status).toBe(409);
    expect(
      (await call('PATCH', `/api/tasks/${task.id}`, { progress_pct: 50, fence: claimed.body.data.claim_fence - 1 }))
        .status,
    ).toBe(409);
    expect((await call('PATCH', `/api/tasks/${task.id}`, { status: 'todo' })).body.data.status).toBe('todo');
    expect((await call('PATCH', `/api/tasks/${task.id}`, { status: 'in_progress' }, key)).body.data.claimed_by).toMatch(
      /^organization_key:/,
    );
  });

  it('list with filters, paging and a total; DELETE needs the right to decide', async () => {
    const list = await call('GET', '/api/tasks?status=done&q=LOGIN&limit=1');
    expect(list.body).toMatchObject({ data: [{ title: 'Fix login bug' }], meta: { total: 1, limit: 1, offset: 0 } });
    expect((await call('GET', '/api/tasks?assignee=felix&offset=1&limit=2')).body.data).toHaveLength(2);
    expect((await call('GET', '/api/tasks?status=nonsense')).status).toBe(400);
    const task = (await call('POST', '/api/tasks', { title: 'to delete' })).body.data;
    const { key } = await issueKey(tenant.context, {
      family: 'organization_live',
      name: 'worker',
      organizationId: tenant.organizationId,
      scopes: ['tasks:read', 'tasks:write'],
    });
    expect(await call('DELETE', `/api/tasks/${task.id}`, undefined, key)).toMatchObject({
      status: 403,
      body: { error: { code: 'INSUFFICIENT_SCOPE' } },
    });
    expect((await call('DELETE', `/api/tasks/${task.id}`)).body.data).toEqual({ id: task.id, deleted: true });
    expect((await call('GET', `/api/tasks/${task.id}`)).status).toBe(404);
  });
});

describe('activity and search', () => {
  it('the log lists what happened and takes what happened outside', async () => {
    const written = await call('POST', '/api/activity-log', {
      actor_type: 'agent',
      actor_id: 'felix',
      action: 'deploy.finished',
      entity_type: 'product',
      entity_id: 'unosend',
      metadata: { url: 'https://x' },
    });
    expect(written).toMatchObject({
      status: 201,
      body: { data: { actor_type: 'agent', actor_id: 'felix', action: 'deploy.finished', entity_id: 'unosend' } },
    });
    const filtered = await call('GET', '/api/activity-log?action=deploy.finished&actor_type=agent&actor_id=felix');
    expect(filtered.body.data).toMatchObject([{ id: written.body.data.id, metadata: { url: 'https://x' } }]);
    const created = await call('GET', '/api/activity-log?action=task.created&limit=1');
    expect(created.body.data[0]).toMatchObject({ actor_type: 'user', entity_type: 'task' });
  });

  it('search finds tasks and agents, and refuses what is too long', async () => {
    expect((await call('GET', '/api/search?q=felix')).body.data).toMatchObject({
      agents: [{ name: 'felix' }],
      products: [],
    });
    expect((await call('GET', '/api/search?q=login')).body.data.tasks[0].title).toBe('Fix login bug');
    expect((await call('GET', `/api/search?q=${'x'.repeat(101)}`)).status).toBe(400);
  });
});

it('serves the same handlers below /api/v1, and every documented route was called', async () => {
  expect((await call('GET', '/api/v1/tasks?limit=1')).body.meta.limit).toBe(1);
  const [agent] = (await call('GET', '/api/agents')).body.data;
  expect((await call('GET', `/api/agent-runs/idle-check?agent_name=${agent.name}`)).status).toBe(200);
  expect(api.operationIds.filter((id) => !api.exercised.has(id))).toEqual([]);
});
