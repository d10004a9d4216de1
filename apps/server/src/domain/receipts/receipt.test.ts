import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { inTransaction } from '../context/index.ts';
import type { Office } from '../offices/index.ts';
import { completeReceipt, listReceipts, loadReceipt, openReceipt } from './index.ts';

let test: TestApp;
let tenant: Tenant;
let office: Office;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('receipts');
  ({ office } = await test.newOffice(tenant));
});
afterAll(() => test.close());

const open = (action: string, supersedes = false) =>
  inTransaction(test.system, (tx) => {
    test.clock?.advance(1);
    return openReceipt(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      subjectId: 'agent-1',
      action,
      expectedSeconds: 60,
      supersedes,
    });
  });

it('a fresh request of the same kind supersedes the one under way, and what has ended stays as it ended', async () => {
  const first = await open('key_delivery');
  const other = await open('agent_restart');
  const second = await open('key_delivery', true);
  expect(await loadReceipt(tenant.context, office.id, first.id)).toMatchObject({
    status: 'superseded',
    superseded_by: second.id,
  });
  expect((await loadReceipt(tenant.context, office.id, other.id)).status).toBe('pending');
  expect(await inTransaction(test.system, (tx) => completeReceipt(tx, first.id, {}))).toBeUndefined();
  expect((await inTransaction(test.system, (tx) => completeReceipt(tx, second.id, { ok: true })))?.status).toBe(
    'completed',
  );
});

it('receipts are listed newest first, by action, page by page', async () => {
  for (let index = 0; index < 5; index++) await open('chat_message');
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listReceipts(tenant.context, office.id, { limit: 2, action: 'chat_message', cursor });
    ids.push(...page.items.map((receipt) => receipt.id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(new Set(ids).size).toBe(5);
  expect([...ids].sort().reverse()).toEqual(ids);
  const stranger = await test.newTenant('stranger');
  await expect(loadReceipt(stranger.context, office.id, ids[0] ?? '')).rejects.toMatchObject({ code: 'not_found' });
});
