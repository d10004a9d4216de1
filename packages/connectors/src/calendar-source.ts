import { createHash } from 'node:crypto';
import { type DocumentRecord, readDocument } from '@guildhall/documents';
import { type Source, type SourceBatch, SourceUnavailable } from './source-batch.ts';

const TIMEOUT_MS = 60_000;
const BYTES_MAX = 50_000_000;
const EVENTS_A_BATCH = 100;

export interface CalendarOptions {
  /** Of an ICS file, or of a calendar collection (CalDAV). */
  url: string;
  user?: string | undefined;
  password?: string | undefined;
}

/** A calendar at an address (ICS, RFC 5545). The cursor is the content: the same again is not read again. */
export function icsSource(options: CalendarOptions): Source {
  return async function* (cursor): AsyncIterable<SourceBatch> {
    const response = await ask(options, options.url, { method: 'GET' });
    const bytes = await bodyOf(response);
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (hash === cursor) return;
    const records = await readDocument('calendar.ics', bytes);
    for (let at = 0; at < records.length; at += EVENTS_A_BATCH) {
      const slice = records.slice(at, at + EVENTS_A_BATCH);
      const done = at + slice.length;
      yield { records: slice, cursor: done === records.length ? hash : '', done, whole: records.length };
    }
  };
}

/**
 * A calendar collection over CalDAV (RFC 4791). The cursor is the server's sync token (RFC 6578): only what changed is read.
 * A token that the server has forgotten begins anew.
 */
export function calDavSource(options: CalendarOptions): Source {
  return async function* (cursor): AsyncIterable<SourceBatch> {
    const first = await syncCollection(options, cursor);
    const { hrefs, token } = first ?? (await syncCollection(options, '')) ?? { hrefs: [], token: '' };
    for (let at = 0; at < hrefs.length; at += EVENTS_A_BATCH) {
      const slice = hrefs.slice(at, at + EVENTS_A_BATCH);
      const records: DocumentRecord[] = [];
      for (const text of await multiget(options, slice))
        records.push(...(await readDocument('calendar.ics', Buffer.from(text))));
      const done = at + slice.length;
      yield { records, cursor: done === hrefs.length ? token : cursor, done, whole: hrefs.length };
    }
  };
}

/** What changed since a token, and the next token; undefined when the server does not know the token. */
async function syncCollection(options: CalendarOptions, token: string) {
  const body = `<?xml version="1.0"?><sync-collection xmlns="DAV:"><sync-token>${escaped(token)}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
  const response = await ask(options, options.url, { method: 'REPORT', body, allows: [403, 409, 412] });
  if (!response.ok) {
    await response.body?.cancel();
    if (token !== '') return undefined;
    throw new SourceUnavailable('The server does not speak CalDAV with sync tokens at this address.');
  }
  const xml = (await bodyOf(response)).toString('utf8');
  const hrefs = elements(xml, 'response')
    .filter((one) => !/\b404\b/.test(elements(one, 'status').join(' ')))
    .flatMap((one) => elements(one, 'href').slice(0, 1))
    .map((href) => unescaped(href.trim()))
    .filter((href) => href.endsWith('.ics') || !href.endsWith('/'));
  return { hrefs, token: unescaped(elements(xml, 'sync-token').at(-1)?.trim() ?? '') };
}

/** The calendars of some entries. */
async function multiget(options: CalendarOptions, hrefs: readonly string[]): Promise<string[]> {
  const list = hrefs.map((href) => `<D:href>${escaped(href)}</D:href>`).join('');
  const body = `<?xml version="1.0"?><C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>${list}</C:calendar-multiget>`;
  const xml = (await bodyOf(await ask(options, options.url, { method: 'REPORT', body }))).toString('utf8');
  return elements(xml, 'calendar-data').map(unescaped);
}

async function ask(
  { user, password }: CalendarOptions,
  url: string,
  request: { method: string; body?: string; allows?: number[] },
): Promise<Response> {
  const headers: Record<string, string> = { depth: '1' };
  if (request.body !== undefined) headers['content-type'] = 'application/xml; charset=utf-8';
  if (user !== undefined)
    headers.authorization = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
  const { host } = new URL(url);
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { method, body } = request;
    response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  } catch (cause) {
    throw new SourceUnavailable(`${host} does not answer.`, { cause });
  }
  if (response.ok || request.allows?.includes(response.status) === true) return response;
  await response.body?.cancel();
  const reason =
    response.status === 401 || response.status === 403
      ? 'refuses the user or the password'
      : `answers with status ${response.status}`;
  throw new SourceUnavailable(`${host} ${reason}.`);
}

async function bodyOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw new SourceUnavailable(`The answer is larger than ${BYTES_MAX / 1_000_000} MB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The contents of elements by their local name, whatever prefix the server chose. Linear; they are not nested in themselves. */
function elements(xml: string, name: string): string[] {
  const found: string[] = [];
  const open = new RegExp(`<(?:[\\w-]{1,40}:)?${name}(?:\\s[^<>]{0,1000})?>`, 'g');
  for (let match = open.exec(xml); match !== null; match = open.exec(xml)) {
    const prefix = /^<([\w-]+:)?/.exec(match[0])?.[1] ?? '';
    const end = xml.indexOf(`</${prefix}${name}>`, open.lastIndex);
    if (end === -1) break;
    found.push(xml.slice(open.lastIndex, end));
    open.lastIndex = end;
  }
  return found;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function unescaped(text: string): string {
  const cdata = /^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/.exec(text)?.[1];
  if (cdata !== undefined) return cdata;
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll(/&#13;|&#xd;/gi, '\r')
    .replaceAll(/&#10;|&#xa;/gi, '\n')
    .replaceAll('&amp;', '&');
}
