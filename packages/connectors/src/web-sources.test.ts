import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { calDavSource, gitHubSource, icsSource, type Source, SourceUnavailable } from './index.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

/** A stand-in for somebody else's service, on its own wire. */
async function serve(handler: Handler): Promise<string> {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    handler(request, Buffer.concat(chunks).toString(), response);
  }).listen(0, '127.0.0.1');
  const listening = server;
  await new Promise((resolve) => listening.once('listening', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

async function read(source: Source, cursor: string) {
  const titles: string[] = [];
  let last = cursor;
  for await (const batch of source(cursor)) {
    titles.push(...batch.records.map(({ title }) => title));
    last = batch.cursor;
  }
  return { titles, cursor: last };
}

const event = (uid: string, title: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTART:20260310T140000Z\r\nSUMMARY:${title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

describe('an ICS address', () => {
  it('is read when it changed', async () => {
    let title = 'Kick-off';
    const url = await serve((_request, _body, response) => response.end(event('e1', title)));
    const source = icsSource({ url: `${url}/calendar.ics` });
    const first = await read(source, '');
    expect(first.titles).toEqual(['Kick-off']);
    expect((await read(source, first.cursor)).titles).toEqual([]);
    title = 'Kick-off, moved';
    expect((await read(source, first.cursor)).titles).toEqual(['Kick-off, moved']);
  });
});

describe('a CalDAV collection', () => {
  const calendars = new Map([
    ['/cal/a.ics', event('a', 'Tea &amp; talk')],
    ['/cal/b.ics', event('b', 'Review')],
  ]);
  const handler: Handler = (request, body, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from('runa:secret').toString('base64')}`) {
      response.writeHead(401).end();
      return;
    }
    const xml = (content: string) =>
      response
        .writeHead(207, { 'content-type': 'application/xml' })
        .end(
          `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav">${content}</d:multistatus>`,
        );
    if (body.includes('calendar-multiget')) {
      const wanted = [...calendars].filter(([href]) => body.includes(`>${href}<`));
      xml(
        wanted
          .map(
            ([href, data]) =>
              `<d:response><d:href>${href}</d:href><d:propstat><d:prop><cal:calendar-data>${data}</cal:calendar-data></d:prop></d:propstat></d:response>`,
          )
          .join(''),
      );
      return;
    }
    const token = /<sync-token>(.*)<\/sync-token>/.exec(body)?.[1];
    if (token === 'forgotten') {
      response.writeHead(403).end();
      return;
    }
    const changed = token === '' ? ['/cal/a.ics', '/cal/b.ics'] : [];
    const gone =
      token === ''
        ? ''
        : '<d:response><d:href>/cal/b.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>';
    xml(
      `${changed.map((href) => `<d:response><d:href>${href}</d:href><d:propstat><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`).join('')}${gone}<d:sync-token>token-2</d:sync-token>`,
    );
  };

  it('is read by its sync token, and anew when the server has forgotten the token', async () => {
    const url = `${await serve(handler)}/cal/`;
    const source = calDavSource({ url, user: 'runa', password: 'secret' });
    const first = await read(source, '');
    expect(first).toEqual({ titles: ['Tea & talk', 'Review'], cursor: 'token-2' });
    expect((await read(source, 'token-2')).titles).toEqual([]);
    expect((await read(source, 'forgotten')).titles).toHaveLength(2);
    await expect(read(calDavSource({ url, user: 'runa', password: 'wrong' }), '')).rejects.toThrow(
      /refuses the user or the password/,
    );
  });
});

describe('GitHub', () => {
  const issue = (number: number, updated: string) => ({
    number,
    title: `Bug ${number}`,
    body: 'It breaks.',
    html_url: `https://x/${number}`,
    state: 'open',
    user: { login: 'ada' },
    labels: [{ name: 'bug' }],
    updated_at: updated,
    created_at: updated,
    comments: 1,
  });
  const comment = {
    id: 7,
    body: 'Me too.',
    html_url: 'https://x/c7',
    issue_url: 'https://api/repos/o/r/issues/2',
    user: { login: 'ben' },
    created_at: '2026-03-03T00:00:00Z',
    updated_at: '2026-03-03T00:00:00Z',
  };

  it('is read page by page in the order of changes, and goes on from the last', async () => {
    const asked: string[] = [];
    const url = await serve((request, _body, response) => {
      const at = new URL(request.url ?? '', 'http://x');
      asked.push(`${at.pathname}${at.searchParams.get('since') ?? ''}`);
      const isSecond = at.searchParams.get('page') === '2';
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (at.pathname.endsWith('/issues') && !isSecond && !at.searchParams.has('since'))
        headers.link = `<http://${request.headers.host}/repos/o/r/issues?page=2>; rel="next"`;
      const rows = at.pathname.endsWith('/comments')
        ? at.searchParams.has('since')
          ? []
          : [comment]
        : at.searchParams.has('since')
          ? []
          : [isSecond ? issue(2, '2026-03-02T00:00:00Z') : issue(1, '2026-03-01T00:00:00Z')];
      response.writeHead(200, headers).end(JSON.stringify(rows));
    });
    const source = gitHubSource({ repository: 'o/r', baseUrl: url });
    const first = await read(source, '');
    expect(first.titles).toEqual(['o/r#1 Bug 1', 'o/r#2 Bug 2', 'o/r#2']);
    asked.length = 0;
    expect((await read(source, first.cursor)).titles).toEqual([]);
    expect(asked).toEqual(['/repos/o/r/issues2026-03-02T00:00:00Z', '/repos/o/r/issues/comments2026-03-03T00:00:00Z']);
  });

  it('says until when it wants a pause', async () => {
    const url = await serve((_request, _body, response) =>
      response.writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1772323200' }).end(),
    );
    const reading = read(gitHubSource({ repository: 'o/r', baseUrl: url }), '');
    await expect(reading).rejects.toThrow(SourceUnavailable);
    await expect(reading).rejects.toThrow(/pause until 2026-03-01/);
  });
});
