import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  eventually,
  findChromium,
  lastResults,
  openModelServer,
  type ScriptedAnswer,
  type ScriptedRequest,
  spokenTimes,
} from '@guildhall/testing';
import { expect, it } from 'vitest';
import { checkLedger } from '../domain/credits/index.ts';
import { ApiClient } from '../testing/api-client.ts';
import { openTestApp } from '../testing/test-app.ts';

/** What a model would do for this job, answer by answer. Fails loudly when a tool did not do its part. */
function playAria(request: ScriptedRequest, pageUrl: string): ScriptedAnswer {
  const opening = request.turns[0]?.role === 'user' ? request.turns[0].text : '';
  const results = lastResults(request);
  const evidence = { files: [{ name: 'report.md' }], sources: ['a.md', 'b.md', 'c.md', pageUrl] };
  if (opening.includes('A reviewer sent it back')) {
    const rounds: (() => ScriptedAnswer)[] = [
      () => ({ calls: [{ name: 'drive_read', input: { name: 'report.md' } }] }),
      () => {
        const { text, sha256 } = JSON.parse(results[0] ?? '{}') as { text: string; sha256: string };
        const content = text.replace('42', '42 euros');
        return { calls: [{ name: 'drive_write', input: { name: 'report.md', content, if_sha256: sha256 } }] };
      },
      () => ({ calls: [{ name: 'task_complete', input: { result: '42 euros', evidence } }] }),
    ];
    return rounds[spokenTimes(request)]?.() ?? { text: 'lost' };
  }
  const steps: (() => ScriptedAnswer)[] = [
    () => ({ calls: ['a.md', 'b.md', 'c.md'].map((name) => ({ name: 'drive_read', input: { name } })) }),
    () => {
      expect(results.join()).toMatch(/ten.*twelve.*twenty/s);
      return { calls: [{ name: 'browser_open', input: { url: pageUrl } }] };
    },
    () => {
      expect(results.join()).toContain('the sum counts');
      return { calls: [{ name: 'chat_send', input: { to: 'cid', text: 'Which currency do we use?' } }] };
    },
    () => {
      const { message_id } = JSON.parse(results[0] ?? '{}') as { message_id: string };
      return { calls: [{ name: 'chat_wait', input: { message_id } }] };
    },
    () => {
      expect(results.join()).toContain('Euros.');
      return { calls: [{ name: 'drive_write', input: { name: 'report.md', content: '# Report\n\nThe sum is 42.' } }] };
    },
    () => ({ calls: [{ name: 'task_complete', input: { result: '42', evidence } }] }),
  ];
  return steps[spokenTimes(request)]?.() ?? { text: 'lost' };
}

function playReviewer(request: ScriptedRequest): ScriptedAnswer {
  if (spokenTimes(request) === 0) return { calls: [{ name: 'drive_read', input: { name: 'report.md' } }] };
  const isNamed = lastResults(request).join().includes('euros');
  const input = isNamed
    ? { accepted: true, notes: 'Checked: 42 euros.' }
    : { accepted: false, notes: 'Name the currency.' };
  return { calls: [{ name: 'review_decide', input }] };
}

it.skipIf(findChromium() === undefined)(
  'three files, a page, a colleague, a report, a review, a fix, evidence: a job from end to end',
  async () => {
    const site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<title>Rules</title><p id="p"></p><script>p.textContent = "the sum counts"</script>');
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const host = `127.0.0.1:${(site.address() as AddressInfo).port}`;
    const model = await openModelServer((request) => {
      if (request.system.includes('You are cid')) return { text: 'Euros.' };
      return request.system.includes('You are bo') ? playReviewer(request) : playAria(request, `http://${host}/`);
    });
    const test = await openTestApp({
      supervise: true,
      environment: {
        OPENAI_API_KEY: 'scripted',
        OPENAI_BASE_URL: model.openAiUrl,
        CHROMIUM_PATH: findChromium() ?? '',
      },
    });
    try {
      const api = await ApiClient.open(test.url, '/api/v1/openapi.json');
      const tenant = await test.newTenant('job');
      const { office } = await test.newOffice(tenant, 'aria', 'bo', 'cid');
      const base = `/api/v1/offices/${office.id}`;
      const call = async (method: string, path: string, body?: unknown) =>
        (await api.call(method, base + path, { key: tenant.key, ...(body === undefined ? {} : { body }) })).body;
      await call('PATCH', '/settings', { private_hosts: [host] });
      for (const [name, text] of [
        ['a.md', 'ten'],
        ['b.md', 'twelve'],
        ['c.md', 'twenty'],
      ] as const) {
        const form = new FormData();
        form.append('file', new Blob([text]), name);
        await call('POST', '/files', form);
      }
      const filed = await call('POST', '/tasks', {
        title: 'Sum up a.md, b.md and c.md in report.md',
        assigned_to: 'aria',
        reviewer: 'bo',
        verification_type: 'file_exists',
      });
      const done = await eventually(
        'the job to be done',
        async () => {
          const task = await call('GET', `/tasks/${filed.id}`);
          expect(task.state).not.toBe('blocked');
          return task.state === 'done' ? task : undefined;
        },
        60_000,
      );
      expect(done).toMatchObject({
        result: '42 euros',
        review_notes: expect.stringContaining('42 euros'),
      });
      const runs = await call('GET', '/runs?status=succeeded');
      expect(runs.map((run: { agent: string; cause: string }) => `${run.agent} ${run.cause}`).sort()).toEqual([
        'aria task',
        'aria task',
        'bo review',
        'bo review',
        'cid message',
      ]);
      // The wait for the colleague held no worker: the run was parked, and went on without asking the model again.
      const waited = runs.find((run: { agent: string }) => run.agent === 'aria' && run !== runs[0]);
      expect(waited).toBeDefined();
      expect(model.requests).toHaveLength(6 + 2 + 3 + 2 + 1);
      expect(await checkLedger(test.system)).toEqual([]);
    } finally {
      await test.close();
      await model.close();
      site.closeAllConnections();
      site.close();
    }
  },
);
