import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { setQuota, updateOfficeSettings } from '../offices/index.ts';
import { hireAgent, resourcesOfAgent, resourcesOfServers, updateAgent } from './index.ts';

let test: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('resources');
});
afterAll(() => test.close());

const GIGABYTE = 1024 ** 3;

it.each([
  [{}, {}],
  [
    { cpuLimit: '500m', memoryLimit: '512Mi' },
    { cores: 0.5, memoryBytesMax: GIGABYTE / 2 },
  ],
  [
    { cpuLimit: 1.5, memoryLimit: 1e9 },
    { cores: 1.5, memoryBytesMax: 1e9 },
  ],
  [{ cpuRequest: '2', memoryRequest: '1Gi', gpu: 'much' }, {}],
  [
    { cpu_limit: '2', memory_limit: '1Gi' },
    { cores: 2, memoryBytesMax: GIGABYTE },
  ],
  [{ cpuLimit: '', memoryLimit: '2G' }, { memoryBytesMax: 2e9 }],
])('reads %j as %j', async (resources, expected) => {
  const { office } = await test.newOffice(tenant);
  const agent = await hireAgent(tenant.context, office.id, { name: 'aria', profile: { resources } });
  expect(await resourcesOfAgent(test.system, agent.id)).toEqual(expected);
});

it.each([
  ['cpuLimit', 'much'],
  ['cpuLimit', '10m'],
  ['cpuLimit', '-1'],
  ['memoryLimit', '1Mi'],
  ['memoryLimit', {}],
  ['memoryRequest', '1 Gi'],
  ['cpuLimit', ['500m']],
])('refuses %s %j, by its name', async (name, value) => {
  const { office, agents } = await test.newOffice(tenant, 'bo');
  const profile = { resources: { [name]: value } };
  const refused = { code: 'validation_failed', detail: expect.objectContaining({ field: `resources.${name}` }) };
  await expect(hireAgent(tenant.context, office.id, { name: 'aria', profile })).rejects.toMatchObject(refused);
  await expect(updateAgent(tenant.context, office.id, agents[0]?.id ?? '', { profile })).rejects.toMatchObject(refused);
});

it('divides what an office may use among as many runs as it may have at work; an agent of less keeps to less', async () => {
  const { office, agents } = await test.newOffice(tenant, 'aria', 'bo');
  const [aria, bo] = agents.map(({ id }) => id) as [string, string];
  await updateAgent(tenant.context, office.id, bo, { profile: { resources: { cpuLimit: '250m' } } });
  await setQuota(test.owner.context, office.id, { tier: 'mine', cpuCores: 6, memoryGigabytes: 9, agentsMax: 5 });
  // Four runs, since each counts as two gigabytes.
  expect(await resourcesOfAgent(test.system, aria)).toEqual({ cores: 1.5, memoryBytesMax: (9 * GIGABYTE) / 4 });
  expect(await resourcesOfAgent(test.system, bo)).toEqual({ cores: 0.25, memoryBytesMax: (9 * GIGABYTE) / 4 });
  await updateOfficeSettings(tenant.context, office.id, { run_concurrency: 1 });
  expect(await resourcesOfAgent(test.system, aria)).toEqual({ cores: 6, memoryBytesMax: 9 * GIGABYTE });
  // Its servers together have as much as a run.
  await updateOfficeSettings(tenant.context, office.id, { mcp_servers: ['notes'] });
  const half = { cores: 3, memoryBytesMax: 4.5 * GIGABYTE };
  expect(await resourcesOfAgent(test.system, aria)).toEqual(half);
  expect(await resourcesOfServers(test.system, office.id)).toEqual(half);
  await setQuota(test.owner.context, office.id, { tier: 'unlimited' });
  expect(await resourcesOfServers(test.system, office.id)).toEqual({});
  expect(await resourcesOfAgent(test.system, aria)).toEqual({});
});

it('an agent gives nobody more of the machine than it has', async () => {
  const { office, agents } = await test.newOffice(tenant, 'chief');
  await updateOfficeSettings(tenant.context, office.id, { allow_agent_hiring: true });
  const profile = { resources: { cpuLimit: '100m' } };
  await updateAgent(tenant.context, office.id, agents[0]?.id ?? '', { profile });
  const chief = await test.asAgent(agents[0] as (typeof agents)[0]);
  const hired = await hireAgent(chief, office.id, { name: 'helper', profile: { resources: { cpuLimit: '4' } } });
  expect(await resourcesOfAgent(test.system, hired.id)).toEqual({ cores: 0.1 });
});
