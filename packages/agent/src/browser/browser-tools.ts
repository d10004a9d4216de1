import type { Page } from 'playwright-core';
import Type from 'typebox';
import { defineTool, type Tool } from '../dispatch/tool.ts';
import { ToolError } from '../tools.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { BrowserSession } from './browser-session.ts';

const TEXT_CHARS_MAX = 40_000;
const CONTROLS_MAX = 100;

const Target = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'The visible text or label of a control, or a CSS selector.',
});

/** A real browser. Looking is reading; clicking and typing are seen outside, so they are asked about unless allowed. */
export function browserTools<Scope>(session: BrowserSession, workspace: Workspace): Tool<Scope>[] {
  const act = async (tool: string, work: (page: Page) => Promise<void>) => {
    if (!session.isOpen) throw nothingOpen(tool);
    const page = await session.page();
    try {
      await work(page);
    } catch (error) {
      throw failure(tool, error);
    }
    return look(page);
  };
  const nothingOpen = (tool: string) =>
    new ToolError(tool, `${session.ending ?? 'No page is open.'} Begin with browser_open.`);
  const failure = (tool: string, error: unknown) => new ToolError(tool, session.ending ?? firstLine(error));
  return [
    defineTool({
      name: 'browser_open',
      description: 'Open a page in a browser that runs its scripts. Answers with its text and controls.',
      risk: 'read',
      input: Type.Object({ url: Type.String({ minLength: 8, maxLength: 4_000, pattern: '^https?://' }) }),
      run: async ({ url }) => {
        // A browser opens files too; an agent's does not.
        if (!/^https?:\/\//i.test(url)) throw new ToolError('browser_open', 'The address is not http or https.');
        const page = await session.page();
        try {
          const response = await page.goto(url, { waitUntil: 'domcontentloaded' });
          await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => {});
          return { status: response?.status() ?? 0, ...(await look(page)) };
        } catch (error) {
          throw failure('browser_open', error);
        }
      },
    }),
    defineTool({
      name: 'browser_read',
      description: 'The text and controls of the open page as they are now.',
      risk: 'read',
      input: Type.Object({}),
      run: () => act('browser_read', async () => {}),
    }),
    defineTool({
      name: 'browser_click',
      description: 'Click a link or button on the open page.',
      risk: 'outward',
      input: Type.Object({ target: Target }),
      run: ({ target }) => act('browser_click', async (page) => (await find(page, target)).click()),
    }),
    defineTool({
      name: 'browser_type',
      description: 'Type into a field of the open page; submit presses Enter.',
      risk: 'outward',
      input: Type.Object({
        target: Target,
        text: Type.String({ maxLength: 10_000 }),
        submit: Type.Optional(Type.Boolean()),
      }),
      run: ({ target, text, submit = false }) =>
        act('browser_type', async (page) => {
          const field = await find(page, target);
          await field.fill(text);
          if (submit) await field.press('Enter');
        }),
    }),
    defineTool({
      name: 'browser_screenshot',
      description: 'Save a picture of the open page (PNG) in your workspace.',
      risk: 'local',
      input: Type.Object({ path: Type.String({ pattern: '^[\\w-]{1,100}\\.png$' }) }),
      run: async ({ path }) => {
        if (!session.isOpen) throw nothingOpen('browser_screenshot');
        return { path, ...(await workspace.write(path, await session.screenshot())) };
      },
    }),
  ];
}

async function look(page: Page) {
  const text = (await page.locator('body').innerText()).toWellFormed();
  const controls = await page.locator('a[href], button, input:not([type=hidden]), textarea, select').evaluateAll(
    (elements, max) =>
      elements.slice(0, max).map((element) => {
        const { tagName, innerText, value } = element as unknown as {
          tagName: string;
          innerText?: string;
          value?: string;
        };
        const name = element.getAttribute('aria-label') ?? element.getAttribute('name') ?? '';
        return `${tagName.toLowerCase()} ${(innerText ?? value ?? '').trim().slice(0, 80)} ${name}`.trim();
      }),
    CONTROLS_MAX,
  );
  return { url: page.url(), title: await page.title(), text: text.slice(0, TEXT_CHARS_MAX).toWellFormed(), controls };
}

/** What a person would mean by these words; a selector when it is none of them. */
async function find(page: Page, target: string) {
  for (const candidate of [
    page.getByRole('button', { name: target }),
    page.getByRole('link', { name: target }),
    page.getByLabel(target),
    page.getByPlaceholder(target),
    page.locator(`[name=${JSON.stringify(target)}]`),
    page.getByText(target, { exact: true }),
  ]) {
    if ((await candidate.count()) > 0) return candidate.first();
  }
  return page.locator(target).first();
}

function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return line.includes('ERR_TUNNEL_CONNECTION_FAILED') || line.includes('ERR_PROXY')
    ? 'The address is not in the public internet, and the office does not allow it.'
    : line.slice(0, 500);
}
