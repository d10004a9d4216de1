import { MitosisClient } from '@guildhall/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';

const LIMIT_BYTES = 1_000_000;

let test: TestApp;
let mi: MitosisClient;
let office: string;
let key: string;

beforeAll(async () => {
  test = await openTestApp({ environment: { GUILDHALL_DRIVE_BYTES_MAX: String(LIMIT_BYTES) } });
  ({ key } = await test.newTenant('files'));
  mi = new MitosisClient({ endpoint: test.url, apiKey: key });
  office = (await mi.offices.create({ name: 'files' })).id;
});

afterAll(() => test.close());

const refusal = (code: string) => expect.objectContaining({ code });
const read = async (name: string) => (await mi.files.download(office, name)).text();

it('an upload that is sent again under its key changes nothing, also when somebody else has written since', async () => {
  const send = (text: string) =>
    mi.files.upload(office, 'plan.md', Buffer.from(text), { idempotencyKey: 'upload-of-the-plan' });
  const first = await send('first');
  await mi.files.upload(office, 'plan.md', Buffer.from('second, by another'));
  expect(await send('first')).toEqual(first);
  expect(await read('plan.md')).toBe('second, by another');
  expect(await mi.files.versions(office, 'plan.md')).toHaveLength(2);
  await expect(send('other bytes')).rejects.toEqual(refusal('idempotency_key_reused'));
  expect(await read('plan.md')).toBe('second, by another');
});

it('what the first one made does not stand against the second: a file that must not be there, a version, the room', async () => {
  const bytes = Buffer.alloc(LIMIT_BYTES * 0.6, 'x');
  const send = (headers: Record<string, string>) => {
    const form = new FormData();
    form.set('file', new Blob([bytes]), 'large.txt');
    return fetch(`${test.url}/api/v1/offices/${office}/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'if-none-match': '*', ...headers },
      body: form,
    });
  };
  const first = await send({ 'idempotency-key': 'large' });
  expect(first.status).toBe(201);
  const second = await send({ 'idempotency-key': 'large' });
  expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(await second.json()).toEqual(await first.json());
  expect((await send({})).status).toBe(507);
  expect((await mi.files.usage(office)).stored_bytes).toBeLessThan(LIMIT_BYTES);
});

it('of the same upload many times at once one is done', async () => {
  const send = () => mi.files.upload(office, 'race.md', Buffer.from('once'), { idempotencyKey: 'race' });
  const answers = await Promise.allSettled(Array.from({ length: 8 }, send));
  const made = answers.filter(({ status }) => status === 'fulfilled');
  expect(made.length).toBeGreaterThan(0);
  for (const answer of answers)
    if (answer.status === 'rejected') expect(answer.reason).toEqual(refusal('idempotency_in_flight'));
  expect(await mi.files.versions(office, 'race.md')).toHaveLength(1);
});
