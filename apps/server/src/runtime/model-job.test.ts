import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  ApiClient,
  claudeStandIn,
  eventually,
  findChromium,
  lastResults,
  openClawStandIn,
  openModelServer,
  type ScriptedAnswer,
  type ScriptedRequest,
  spokenTimes,
  temporaryFolder,
} from '@guildhall/testing';
import { expect, it } from 'vitest';
import { checkLedger } from '../domain/credits/index.ts';
import { openTestApp } from '../testing/test-app.ts';

const NAMES = ['aria', 'bo', 'cid'];

/** How a driver's model names the house's tools, and what it has been told so far. */
interface Player {
  request: ScriptedRequest;
  tool(name: string, input: object): { name: string; input: object };
}

/** Everything that was said to the model in this run and in the session that it goes on with. */
function toldTo({ turns }: ScriptedRequest): string {
  return turns.flatMap((turn) => (turn.role === 'assistant' ? [] : [turn.text])).join('\n');
}

/**
 * What a model would do for this job. It looks at what it knows, not at how often it was asked: a driver may tell it after a
 * wait in another way than before.
 */
function playAria({ request, tool }: Player, pageUrl: string): ScriptedAnswer {
  const told = toldTo(request);
  const calls = (...list: { name: string; input: object }[]): ScriptedAnswer => ({ calls: list });
  const evidence = { files: [{ name: 'report.md' }], sources: ['a.md', 'b.md', 'c.md', pageUrl] };
  const round = told.slice(Math.max(0, told.lastIndexOf('A reviewer sent it back')));
  if (told.includes('A reviewer sent it back')) {
    const hash = /"sha256":\s*"([0-9a-f]{64})"/.exec(round)?.[1];
    if (hash === undefined) return calls(tool('drive_read', { name: 'report.md' }));
    if (!/"version":\s*2/.test(round))
      return calls(
        tool('drive_write', { name: 'report.md', content: '# Report\n\nThe sum is 42 euros.', if_sha256: hash }),
      );
    return calls(tool('task_complete', { result: '42 euros', evidence }));
  }
  if (!/ten.*twelve.*twenty/s.test(told.replaceAll(/Sum up.*/g, '')))
    return calls(...['a.md', 'b.md', 'c.md'].map((name) => tool('drive_read', { name })));
  if (!told.includes('the sum counts')) return calls(tool('browser_open', { url: pageUrl }));
  const messageId = /"message_id":\s*"([\w-]+)"/.exec(told)?.[1];
  if (messageId === undefined) return calls(tool('chat_send', { to: 'cid', text: 'Which currency do we use?' }));
  if (!told.includes('Euros.')) return calls(tool('chat_wait', { message_id: messageId }));
  if (!/"version":\s*1/.test(told))
    return calls(tool('drive_write', { name: 'report.md', content: '# Report\n\nThe sum is 42.' }));
  return calls(tool('task_complete', { result: '42', evidence }));
}

function playReviewer({ request, tool }: Player): ScriptedAnswer {
  if (spokenTimes(request) === 0) return { calls: [tool('drive_read', { name: 'report.md' })] };
  const isNamed = lastResults(request).join().includes('euros');
  const input = isNamed
    ? { accepted: true, notes: 'Checked: 42 euros.' }
    : { accepted: false, notes: 'Name the currency.' };
  return { calls: [tool('review_decide', input)] };
}

it.skipIf(findChromium() === undefined).each(['model', 'claude-code', 'openclaw'])(
  'three files, a page, a colleague, a report, a review, a fix, evidence: a job from end to end with %s',
  async (driver) => {
    const site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<title>Rules</title><p id="p"></p><script>p.textContent = "the sum counts"</script>');
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const host = `127.0.0.1:${(site.address() as AddressInfo).port}`;
    const model = await openModelServer((request) => {
      // Each program has its own way to call a tool of the house.
      const prefix = ['mcp__guildhall__', 'guildhall__'].find((start) =>
        request.tools.some((name) => name.startsWith(start)),
      );
      const tool = (name: string, input: object) => ({ name: `${prefix ?? ''}${name}`, input });
      const isAgent = (name: string) => `${request.system} ${toldTo(request)}`.includes(`You are ${name}`);
      const player = { request, tool };
      if (isAgent('cid')) return { text: 'Euros.' };
      return isAgent('bo') ? playReviewer(player) : playAria(player, `http://${host}/`);
    });
    const programs = await temporaryFolder();
    await symlink(claudeStandIn, join(programs.path, 'claude'));
    await symlink(openClawStandIn, join(programs.path, 'openclaw'));
    const test = await openTestApp({
      supervise: true,
      environment: {
        ...(driver === 'model'
          ? { OPENAI_API_KEY: 'scripted', OPENAI_BASE_URL: model.openAiUrl }
          : { ANTHROPIC_API_KEY: 'scripted', ANTHROPIC_BASE_URL: model.anthropicUrl }),
        GUILDHALL_PROGRAMS: programs.path,
        CHROMIUM_PATH: findChromium() ?? '',
      },
    });
    try {
      const api = await ApiClient.open(test.url, '/api/v1/openapi.json');
      const tenant = await test.newTenant('job');
      const { office } = await test.newOffice(tenant, ...NAMES);
      const base = `/api/v1/offices/${office.id}`;
      const call = async (method: string, path: string, body?: unknown) =>
        (await api.call(method, base + path, { key: tenant.key, ...(body === undefined ? {} : { body }) })).body;
      await call('PATCH', '/settings', { private_hosts: [host] });
      if (driver !== 'model') {
        await eventually('the program to be found', async () => {
          const found = (await call('GET', '/drivers')).find(({ name }: { name: string }) => name === driver);
          return found.available ? found : undefined;
        });
        for (const name of NAMES)
          expect(await call('PATCH', `/employees/${name}`, { driver })).toMatchObject({ driver });
      }
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
        120_000,
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
      if (driver === 'model') expect(model.requests).toHaveLength(6 + 2 + 3 + 2 + 1);
      else expect((await call('GET', '/usage')).pods.map((pod: { agent: string }) => pod.agent).sort()).toEqual(NAMES);
      expect(await checkLedger(test.system)).toEqual([]);
    } finally {
      await test.close();
      await model.close();
      site.closeAllConnections();
      site.close();
      await programs.remove();
    }
  },
);
