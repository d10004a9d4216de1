// Longer than others: each check walks all routes of one furnished office, and what furnishes it is most of the file.
import { newId } from '@guildhall/kernel';
import {
  ApiClient,
  fieldsOf,
  fits,
  type Operation,
  readOperations,
  sampleOf,
  undescribedIn,
  withValue,
  wrongTextsOf,
  wrongValuesOf,
} from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueKey } from '../domain/identity/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

/**
 * What every route owes to who sends rubbish, read from the documents that it is published with: nothing here knows a single route,
 * but for the few that are named with the reason why they are different.
 */
const doors = { office: '/api/v1/openapi.json', ops: '/api/docs/openapi.json', spawn: '/api/v1/docs' };
interface Route {
  door: string;
  client: ApiClient;
  operation: Operation;
}

let test: TestApp;
let tenant: Tenant;
let stranger: Tenant;
let officeId: string;
let routes: Route[];
/** What is there, by the place in an address where it is named. */
const there: Record<string, string> = {};
const NOWHERE = '01900000-0000-7000-8000-000000000000';
const NO_NUMBER = '999999999';

beforeAll(async () => {
  test = await openTestApp({
    environment: { GUILDHALL_STRANGER_RATE_PER_MINUTE: '1000000', GUILDHALL_RATE_PER_MINUTE: '100000000' },
  });
  tenant = await test.newTenant('victim');
  stranger = await test.newTenant('stranger');
  const { office } = await test.newOffice(tenant, 'aria', 'bo');
  officeId = office.id;
  routes = [];
  for (const [door, document] of Object.entries(doors)) {
    const client = await ApiClient.open(test.url, document);
    for (const operation of await readOperations(test.url, document)) routes.push({ door, client, operation });
  }
  await furnish();
});
afterAll(() => test.close());

/** A memory that can be corrected, and the key of an agent that may hire. */
let fact: string;
let hirer: string;

/** What other things lie in: the rest may be nowhere, and is what is asked for in vain. */
async function furnish(): Promise<void> {
  const make = async (path: string, body: unknown) => {
    const answer = await first().call('POST', `/api/v1/offices/${officeId}${path}`, { key: tenant.key, body });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const file = new FormData();
  file.set('file', new Blob(['text']), 'notes.md');
  await make('/files', file);
  const task = await make('/tasks', { title: 'a task', assigned_to: 'bo' });
  const text = 'The tide is high: ask runa@example.org or kari@example.org.';
  const remembered = await make('/cortex/v1/remember', { text, kind: 'insight' });
  fact = remembered.universal_id;
  const invite = await make('/invites', {});
  const person = await make('/invites', { type: 'human' });
  BODY_OF['auth.claim'] = { code: person.code };
  BODY_OF['agents.join'] = { code: invite.code, agent_name: 'guest' };
  await first().call('PATCH', `/api/v1/offices/${officeId}/settings`, {
    key: tenant.key,
    body: { allow_agent_hiring: true },
  });
  hirer = (await make('/employees/aria/credentials/rotate', {})).api_key;
  const group = await make('/xmtp/groups', { name: 'crew', members: ['aria', 'bo'] });
  const { message } = await make('/xmtp/send', { agent_id: 'aria', content: 'hello' });
  const run = await test.house.engine.db
    .updateTable('runs')
    .set({ status: 'failed' })
    .where('office_id', '=', officeId)
    .where('cause_kind', '=', 'message')
    .returning('id')
    .executeTakeFirstOrThrow();
  Object.assign(there, {
    'offices/{officeId}': officeId,
    'employees/{name}': 'aria',
    'agents/{name}': 'aria',
    'agents/{agentName}': 'aria',
    'delegates/{agentId}': 'aria',
    'messages/{agentName}': 'aria',
    '{agentName}/{peerName}': 'admin-sdk',
    'conversations/{conversationId}': 'aria',
    'chat/{sessionKey}': message.conversation_id,
    'tasks/{taskId}': task.id,
    'tasks/{id}': task.id,
    'files/{filename}': 'notes.md',
    'groups/{groupId}': group.id,
    'runs/{runId}': run.id,
    'integrations/{integrationId}': 'github',
  });
}

const first = () => routes[0]?.client as ApiClient;

/** What fields of requests have to say so that they mean something here, whatever the route. */
let counter = 0;
const words: Record<string, () => unknown> = {
  name: () => `new-${++counter}`,
  agent: () => 'aria',
  agent_id: () => 'aria',
  agent_name: () => 'aria',
  agentName: () => 'aria',
  to: () => 'aria',
  members: () => ['aria'],
  permissions: () => ['tasks:read'],
  cron: () => '0 9 * * *',
  every_seconds: () => 3_600,
  office: () => officeId,
  universal_id: () => fact,
  universal_ids: () => ['agent:x'],
  new_owner_id: () => stranger.principal.userId,
  view: () => 'conversations',
  action: () => 'send',
  body: () => 'hello',
  path: () => `https://example.org/${++counter}`,
  feed_key: () => 'ext_x.y',
  target_schema: () => 'ext_x',
  schema: () => 'ext_x',
  code: () => 'AAAAAA',
};
const known = (field: string) => words[field]?.();

/** Where one of its rules is between fields, or the schema leaves to the handler what a field may be. */
const BODY_OF: Record<string, object> = {
  'schedules.create': { agent: 'aria', prompt: 'look', every_seconds: 3_600 },
  'messages.send': { to: 'aria', content: 'hello' },
  'xmtpApi.send': { agent_id: 'aria', content: 'hello' },
  'xmtp.session.send': { content: 'hello' },
  'xmtpApi.sendGroupMessage': { content: 'hello' },
  'proxy.act': { action: 'send', to: 'aria', body: 'hello' },
  'files.makeFolder': { path: 'drawer' },
  'files.upload': formOf('repeated.md', 'The tide is high.'),
  'cortex.remember': { text: 'The tide is high.', kind: 'insight' },
  'cortex.ingest': { feed_key: 'ext_x.y', rows: [{ external_id: 'x', content: 'x' }] },
  'cortex.merge': { from: 'runa@example.org', into: 'kari@example.org', reason: 'The same person.' },
  'xmtpApi.addMember': { agent_name: 'aria' },
};

function formOf(name: string, text: string): FormData {
  const form = new FormData();
  form.set('file', new Blob([text]), name);
  return form;
}

function bodyOf({ id, body }: Operation): unknown {
  return BODY_OF[id] ?? (body === undefined ? undefined : sampleOf(body, known));
}

/** The address of an operation with what is there; `unknown` is put in the place of one of its parameters. */
function addressOf({ path, parameters }: Operation, unknown?: { index: number; value: string }): string {
  const segments = path.split('/');
  let seen = -1;
  const filled = segments.map((segment, index) => {
    if (!segment.startsWith('{')) return segment;
    seen++;
    if (unknown?.index === seen) return unknown.value;
    const parameter = parameters.find(({ name }) => segment === `{${name}}`);
    const nothing = fits(parameter?.schema ?? {}, NOWHERE) ? NOWHERE : NO_NUMBER;
    return there[`${segments[index - 1]}/${segment}`] ?? nothing;
  });
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required === true)
    .map(({ name, schema }) => `${name}=${encodeURIComponent(String(sampleOf(schema, known, name)))}`);
  return filled.join('/') + (query.length === 0 ? '' : `?${query.join('&')}`);
}

/** What an address may say though there is no such thing, with the place in it. */
const NAMED_BY_CALLER = new Set([
  // It is made under that name.
  'offices.setSecret 1',
  'env.setAgentEnv 2',
  // A conversation is read before its first word.
  'xmtp.session.receive 1',
  'xmtpApi.getMessages 1',
  'xmtpApi.getMessages 2',
]);

/** Whether an id is one at all: else it is refused as what it is. */
function isWellFormed({ path, parameters }: Operation, index: number, value: string): boolean {
  const name = path.match(/\{[^}]+\}/g)?.[index]?.slice(1, -1);
  return fits(parameters.find((parameter) => parameter.name === name)?.schema ?? {}, decodeURIComponent(value));
}

const parameterCount = ({ path }: Operation) => path.match(/\{/g)?.length ?? 0;

/** How each dialect words a refusal; the routes that take a code have words of their own (seed: mitosis-external-agents). */
function expectEnvelope({ door, operation }: Route, body: Record<string, unknown>): void {
  if (['agents.join', 'auth.claim'].includes(operation.id))
    expect(body).toMatchObject({ error: expect.any(String), mend: expect.any(String) });
  else if (door === 'office')
    expect(body).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      error: body.message,
      mend: expect.any(String),
    });
  else if (door === 'ops')
    expect(body).toMatchObject({
      error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String), details: expect.any(Array) },
    });
  else expect(body).toMatchObject({ code: expect.any(String), request_id: expect.any(String), error: body.code });
}

/** Asks, and holds the answer against the document: a status that it does not promise fails the test by itself. */
async function ask(
  route: Route,
  options: { key?: string | undefined; body?: unknown; address?: string; headers?: Record<string, string> } = {},
) {
  const { client, operation } = route;
  const { key, body, address = addressOf(operation), headers } = options;
  const answer = await client.call(operation.method, address, {
    ...(key === undefined ? {} : { key }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });
  if (answer.status >= 400) {
    expect([operation.id, operation.statuses]).toEqual([operation.id, expect.arrayContaining([answer.status])]);
    expectEnvelope(route, answer.body);
  }
  return answer;
}

const closedRoutes = () => routes.filter(({ operation }) => !operation.isOpen);
const bodied = () => routes.filter(({ operation }) => operation.body !== undefined);

describe('every route, by its document', () => {
  it('there are as many as are published', () => expect(routes.length).toBeGreaterThan(200));

  it('the office API says what each operation, parameter and field is', async () =>
    expect(await undescribedIn(test.url, doors.office)).toEqual([]));

  it('401 without a credential, with a wrong one, a broken and an expired one', async () => {
    const expired = await issueKey(tenant.context, {
      family: 'user',
      name: 'x',
      organizationId: tenant.organizationId,
      userId: tenant.principal.userId,
      expiresAt: 1,
    });
    for (const route of closedRoutes()) {
      for (const key of [undefined, 'mi_wrong', 'eyJ.eyJ.x', expired.key]) {
        const answer = await ask(route, { key });
        expect([route.operation.id, key, answer.status]).toEqual([route.operation.id, key, 401]);
        expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      }
    }
  });

  it('answers a stranger with a good key of its own exactly as if the office did not exist', async () => {
    for (const route of routes.filter(({ operation }) => operation.path.includes('{'))) {
      const { operation } = route;
      if (!operation.path.includes('{officeId}')) {
        // Of an organisation, without a word on the office: its own has no such thing.
        const elsewhere = await ask(route, { key: stranger.key, body: bodyOf(operation) });
        expect([operation.id, elsewhere.status]).toEqual([operation.id, 404]);
        continue;
      }
      const body = bodyOf(operation);
      const theirs = await ask(route, { key: stranger.key, body });
      const none = await ask(route, {
        key: stranger.key,
        body,
        address: addressOf(operation, { index: 0, value: NOWHERE }),
      });
      expect([operation.id, theirs.status, theirs.body.code]).toEqual([operation.id, 404, none.body.code]);
      expect(theirs.body.message).toBe(none.body.message.replace(NOWHERE, officeId));
    }
  });

  it('answers a stranger in the same way where the office stands in the query', async () => {
    const asking = closedRoutes().filter(({ operation }) =>
      operation.parameters.some(({ name, in: place }) => place === 'query' && name === 'office'),
    );
    expect(asking.map(({ operation }) => operation.id)).toContain('dashboard.stream');
    for (const route of asking) {
      const theirs = await ask(route, { key: stranger.key, address: `${route.operation.path}?office=${officeId}` });
      const none = await ask(route, { key: stranger.key, address: `${route.operation.path}?office=${NOWHERE}` });
      expect([route.operation.id, theirs.status, theirs.body.code]).toEqual([route.operation.id, 404, none.body.code]);
    }
  });

  it('403 with a key that lacks the scope', async () => {
    const { key } = await issueKey(tenant.context, {
      family: 'organization_live',
      name: 'none',
      organizationId: tenant.organizationId,
      scopes: ['keys:write'],
    });
    // Who one is, everybody may ask.
    for (const route of closedRoutes().filter(({ operation }) => operation.id !== 'me')) {
      const answer = await ask(route, { key, body: bodyOf(route.operation) });
      expect([route.operation.id, answer.status]).toEqual([route.operation.id, 403]);
    }
  });

  it('404 for an id of nothing, in each place of an address', async () => {
    const others: string[] = [];
    for (const route of routes) {
      const { operation } = route;
      for (let index = 0; index < parameterCount(operation); index++) {
        for (const value of [newId(), `no-such-thing-${++counter}`, '%F0%9F%92%A3', `9${counter}9999999`]) {
          if (NAMED_BY_CALLER.has(`${operation.id} ${index}`) || !isWellFormed(operation, index, value)) continue;
          const answer = await ask(route, {
            key: tenant.key,
            body: bodyOf(operation),
            address: addressOf(operation, { index, value }),
          });
          if (answer.status !== 404) others.push(`${operation.id} ${index} ${value} ${answer.status}`);
        }
      }
    }
    expect(others).toEqual([]);
  });

  it('400 for each field of a body in each wrong type and size, naming the field', async () => {
    let tried = 0;
    for (const route of bodied()) {
      const { operation } = route;
      const body = bodyOf(operation);
      expect([operation.id, fits(operation.body ?? {}, body)]).toEqual([operation.id, true]);
      for (const { path, schema } of fieldsOf(operation.body ?? {})) {
        for (const value of wrongValuesOf(schema)) {
          const wrong = withValue(body, path, value);
          // In another of its shapes it may be right.
          if (fits(operation.body ?? {}, wrong)) continue;
          const answer = await ask(route, { key: tenant.key, body: wrong });
          expect([operation.id, path, value, answer.status]).toEqual([operation.id, path, value, 400]);
          if (operation.body?.properties !== undefined) expect(JSON.stringify(answer.body)).toContain(path[0]);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThan(2_000);
  });

  it('400 for a body that is none, 413 for one too large, 415 for one of another kind', async () => {
    for (const route of bodied()) {
      const { operation } = route;
      const isClosed = (operation.body as { additionalProperties?: unknown }).additionalProperties === false;
      for (const body of [
        '{',
        '"text"',
        '[{"a":1}]',
        '\u0000',
        '{"a":'.repeat(50),
        ...(isClosed ? ['{"surprise":1}'] : []),
      ]) {
        const answer = await ask(route, { key: tenant.key, body });
        expect([operation.id, body, answer.status]).toEqual([operation.id, body, 400]);
      }
      const large = await ask(route, {
        key: tenant.key,
        body: JSON.stringify({ title: 'x'.repeat(tooMany(operation.path)) }),
      });
      expect([operation.id, large.status]).toEqual([operation.id, 413]);
      const form = await ask(route, {
        key: tenant.key,
        body: 'a=b',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect([operation.id, form.status]).toEqual([operation.id, 415]);
    }
  });

  it('415 for JSON where bytes are asked for', async () => {
    const takingBytes = routes.filter(({ operation }) => operation.takesBytes);
    expect(takingBytes.map(({ operation }) => operation.id)).toContain('files.upload');
    for (const route of takingBytes) {
      const answer = await ask(route, { key: tenant.key, body: { text: 'x' } });
      expect([route.operation.id, answer.status]).toEqual([route.operation.id, 415]);
    }
  });

  it('400 for each part of a query in each wrong type, naming it', async () => {
    let tried = 0;
    for (const route of closedRoutes()) {
      const { operation } = route;
      for (const { name, schema } of operation.parameters.filter((parameter) => parameter.in === 'query')) {
        const wrong = name === 'cursor' ? ['rubbish', 'eyJhIjoxfQ', ...wrongTextsOf(schema)] : wrongTextsOf(schema);
        for (const text of wrong) {
          const address = addressOf(operation);
          const joined = `${address}${address.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(text)}`;
          const answer = await ask(route, { key: tenant.key, body: bodyOf(operation), address: joined });
          expect([operation.id, name, text, answer.status]).toEqual([operation.id, name, text, 400]);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThan(200);
  });

  it('the same request twice under one key acts once and is answered alike; another one under it is refused', async () => {
    const untried: string[] = [];
    for (const route of routes.filter(({ operation }) => operation.isIdempotent)) {
      const { operation } = route;
      const headers = { 'idempotency-key': `twice-${route.door}-${operation.id}` };
      const body = bodyOf(operation) ?? {};
      const key = operation.id === 'agents.clone' ? hirer : tenant.key;
      const once = await ask(route, { key, body, headers });
      if (once.status >= 300) {
        untried.push(`${operation.id} ${once.status}`);
        continue;
      }
      const twice = await ask(route, { key, body, headers });
      expect([operation.id, twice.status, twice.body]).toEqual([operation.id, once.status, once.body]);
      expect([operation.id, twice.headers.get('idempotent-replayed')]).toEqual([operation.id, 'true']);
      const other = await ask(route, { key, body, headers, address: `${addressOf(operation)}?x=1` });
      expect([operation.id, other.status]).toEqual([operation.id, 409]);
    }
    // What has to be offered, or closed, before: `rights.test.ts`.
    expect(untried).toEqual(['offices.restore 404', 'offices.acceptTransfer 404']);
  });

  it('the same request twice without a key is done twice or refused with a reason, and never a fault', async () => {
    for (const route of routes.filter(({ operation }) => operation.isIdempotent)) {
      const { operation } = route;
      const body = bodyOf(operation) ?? {};
      for (let time = 0; time < 2; time++)
        expect([operation.id, (await ask(route, { key: tenant.key, body })).status < 500]).toEqual([
          operation.id,
          true,
        ]);
    }
  });
});

/** A package may come in its request. */
const tooMany = (path: string) => (path.endsWith('/clone/transfer') ? 20_100_000 : 1_100_000);
