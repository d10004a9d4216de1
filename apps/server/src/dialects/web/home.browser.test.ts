import { findChromium } from '@guildhall/testing';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
beforeAll(async () => {
  test = await openTestApp();
});
afterAll(() => test.close());

it('the first page says what runs here, how to connect, and its links lead to documents', async () => {
  const browser = await chromium.launch({
    executablePath: findChromium() ?? '',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  });
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(test.url);
    expect(await page.title()).toBe('Guildhall');
    expect(await page.textContent('body')).toContain(`mi -- login --endpoint ${test.url}`);
    const links = await page.$$eval('a', (anchors) => anchors.map((anchor) => anchor.getAttribute('href') ?? ''));
    for (const link of links) expect([link, (await page.request.get(test.url + link)).status()]).toEqual([link, 200]);
    expect(links.length).toBeGreaterThan(3);
    expect(problems.filter((problem) => !problem.includes('favicon'))).toEqual([]);
  } finally {
    await browser.close();
  }
});
