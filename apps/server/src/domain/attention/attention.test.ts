import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { createTask } from '../tasks/index.ts';
import { listAttention } from './index.ts';

let test: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('attention');
});
afterAll(() => test.close());

it('pages through what waits since the same moment, each once', async () => {
  const { office } = await test.newOffice(tenant);
  for (let index = 0; index < 7; index++) await createTask(tenant.context, office.id, { title: `task ${index}` });
  // As when all of them were stopped at once.
  const together = { state: 'blocked' as const, blocked_reason: 'no money', updated_at: 1_000 };
  await test.system.db.updateTable('tasks').set(together).where('office_id', '=', office.id).execute();
  const found: string[] = [];
  for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages++) {
    const page = await listAttention(tenant.context, office.id, { limit: 2, cursor });
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(found).toHaveLength(7);
  expect(new Set(found).size).toBe(7);
});
