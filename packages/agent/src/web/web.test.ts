import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchPage } from './fetch-page.ts';
import { pageText } from './page-text.ts';
import { isPublicAddress } from './public-address.ts';
import { webFetchTool } from './web-tools.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<{ url: string; host: string }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host };
}

const signal = new AbortController().signal;
const rules = (...privateHosts: string[]) => ({ privateHosts, timeoutMs: 2_000, bytesMax: 100_000 });

it('tells the public internet from everything else', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '93.184.216.34', '2606:4700::1111', '2a00:1450::1'])
    expect([address, isPublicAddress(address)]).toEqual([address, true]);
  for (const address of [
    ...['127.0.0.1', '127.9.9.9', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...['0.0.0.0', '100.64.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1'],
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::7f00:1'],
    ...['2001:db8::1', '2002:7f00:1::', 'ff02::1', 'localhost', '127.1', '0x7f000001', '2130706433', ''],
  ])
    expect([address, isPublicAddress(address)]).toEqual([address, false]);
});

describe('a request on somebody’s behalf', () => {
  it('never reaches this machine or its network, however the address is written, nor by a redirect', async () => {
    let reached = 0;
    const inside = await serve((_request, response) => {
      reached += 1;
      response.end('secret');
    });
    const port = inside.host.split(':')[1];
    for (const host of [
      '127.0.0.1',
      'localhost',
      '127.1',
      '0x7f000001',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
    ])
      await expect(fetchPage(`http://${host}:${port}/`, rules(), signal), host).rejects.toThrow();
    const outside = await serve((_request, response) =>
      response.writeHead(302, { location: `${inside.url}/admin` }).end(),
    );
    await expect(fetchPage(outside.url, rules(outside.host), signal)).rejects.toThrow('not in the public internet');
    for (const address of ['file:///etc/passwd', 'ftp://x/', 'http://a:b@example.com/', 'gopher://x', 'nonsense'])
      await expect(fetchPage(address, rules(), signal), address).rejects.toThrow('The address');
    expect(reached).toBe(0);
  });

  it('reaches what the office allows, follows redirects there, and knows an end', async () => {
    const site = await serve((request, response) => {
      if (request.url === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
      if (request.url === '/from') return void response.writeHead(302, { location: '/to' }).end();
      if (request.url === '/slow') return void response.write('begun');
      if (request.url === '/big') return void response.end('x'.repeat(5_000_000));
      return void response.setHeader('content-type', 'text/plain; charset=utf-8').end(`at ${request.url}`);
    });
    const page = await fetchPage(`${site.url}/from`, rules(site.host), signal);
    expect([page.url, page.mediaType, page.body.toString()]).toEqual([`${site.url}/to`, 'text/plain', 'at /to']);
    await expect(fetchPage(`${site.url}/loop`, rules(site.host), signal)).rejects.toThrow('redirects');
    await expect(fetchPage(`${site.url}/slow`, { ...rules(site.host), timeoutMs: 200 }, signal)).rejects.toThrow();
    const big = await fetchPage(`${site.url}/big`, rules(site.host), signal);
    expect([big.body.length, big.isTruncated]).toEqual([100_000, true]);
  });

  it('tells an agent why not, in words', async () => {
    const tool = webFetchTool<undefined>({ privateHosts: [] });
    const use = (url: string) => tool.run({ url }, { scope: undefined, signal, callId: 'c' });
    await expect(use('http://169.254.169.254/latest/meta-data')).rejects.toMatchObject({
      name: 'ToolError',
      message: expect.stringContaining('the office does not allow it'),
    });
  });
});

it('reads a page as its text: no script, no style, the article when there is one', async () => {
  const article = `<p>${'The harbour opened in 1871. '.repeat(20)}</p>`;
  const html = `<html><head><title>Harbour</title><style>p{}</style></head><body><nav>Home | About</nav>
    <article><h1>Harbour</h1>${article}${article}</article><script>alert('stolen')</script></body></html>`;
  const page = await pageText(html);
  expect(page.title).toBe('Harbour');
  expect(page.text).toContain('The harbour opened in 1871.');
  expect(page.text).not.toMatch(/stolen|p\{\}/);
  expect((await pageText('<ul><li>one<li>two</ul>')).text).toMatch(/one\s*two/);
  expect((await pageText('\u0000<<<>')).text.length).toBeLessThan(20);
});
