import Type from 'typebox';
import { defineTool, type Tool } from '../dispatch/tool.ts';
import { ToolError } from '../tools.ts';
import type { EgressRules } from './egress.ts';
import { fetchPage } from './fetch-page.ts';
import { pageText } from './page-text.ts';

const TIMEOUT_MS = 20_000;
const BYTES_MAX = 5_000_000;
const TEXTUAL = /^text\/|^application\/(?:json|xml|xhtml\+xml|[\w.+-]+\+(?:json|xml)|javascript)$/;

/** Reading the web: public addresses only, unless the office names others. */
export function webFetchTool<Scope>(rules: EgressRules): Tool<Scope> {
  return defineTool({
    name: 'web_fetch',
    description:
      'Read a page or file at an http(s) address as text. Scripts do not run; use the browser for pages that need them.',
    risk: 'read',
    input: Type.Object({ url: Type.String({ minLength: 8, maxLength: 4_000 }) }),
    run: async ({ url }, { signal }) => {
      let page: Awaited<ReturnType<typeof fetchPage>>;
      try {
        page = await fetchPage(url, { ...rules, timeoutMs: TIMEOUT_MS, bytesMax: BYTES_MAX }, signal);
      } catch (error) {
        signal.throwIfAborted();
        const isTimeout = error instanceof Error && error.name === 'TimeoutError';
        throw new ToolError('web_fetch', isTimeout ? 'The page did not answer in time.' : worded(error));
      }
      const base = { url: page.url, status: page.status, media_type: page.mediaType, truncated: page.isTruncated };
      if (!TEXTUAL.test(page.mediaType)) return { ...base, size_bytes: page.body.length, text: null };
      const text = page.body.toString('utf8').toWellFormed().replaceAll('\0', '');
      return page.mediaType.includes('html') ? { ...base, ...(await pageText(text)) } : { ...base, text };
    },
  });
}

function worded(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'There is no such host.';
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'The host does not answer there.';
  return message ?? 'The page could not be read.';
}
