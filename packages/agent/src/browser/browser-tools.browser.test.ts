import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually, findChromium, temporaryFolder } from '@guildhall/testing';
import { expect, it } from 'vitest';
import { BrowserSession, browserTools, type ProcessUsage, ResourceGroup, Workspace } from '../index.ts';

it('an agent opens, reads, types, clicks and photographs a page, and reaches nothing that is not allowed', async () => {
  const served: string[] = [];
  const site = createServer((request, response) => {
    served.push(String(request.url));
    response.setHeader('content-type', 'text/html');
    if (request.url === '/next?q=kestrel') return response.end('<title>Found</title><p>Kestrel Ltd, since 1871</p>');
    return response.end(`<title>Start</title><form action="/next"><label>Search <input name="q"></label>
      <button>Go</button></form><p id="p">old</p><script>document.getElementById('p').textContent = 'by script'</script>`);
  });
  const inside = createServer((_request, response) => response.end('secret'));
  for (const server of [site, inside]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const hostOf = (server: typeof site) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await temporaryFolder();
  const workspace = new Workspace(join(folder.path, 'agent'));
  await workspace.open();
  const used: ProcessUsage[] = [];
  const session = new BrowserSession(
    findChromium() ?? '',
    { privateHosts: [hostOf(site)] },
    {
      onUsage: (usage) => used.push(usage),
    },
  );
  const tools = new Map(browserTools<undefined>(session, workspace).map((tool) => [tool.name, tool]));
  const use = async (name: string, input: object) =>
    tools.get(name)?.run(input as never, { scope: undefined, signal: new AbortController().signal, callId: 'c' });
  try {
    await expect(use('browser_read', {})).rejects.toThrow('No page is open');
    expect(await use('browser_open', { url: `http://${hostOf(site)}/` })).toMatchObject({
      status: 200,
      title: 'Start',
      text: expect.stringContaining('by script'),
      controls: expect.arrayContaining([expect.stringContaining('button Go')]),
    });
    await use('browser_type', { target: 'Search', text: 'kestrel' });
    expect(await use('browser_click', { target: 'Go' })).toBeDefined();
    expect(await use('browser_read', {})).toMatchObject({ title: 'Found', text: 'Kestrel Ltd, since 1871' });
    await use('browser_screenshot', { path: 'found.png' });
    expect((await readFile(join(workspace.root, 'found.png'))).subarray(1, 4).toString()).toBe('PNG');
    await expect(use('browser_click', { target: 'no such thing' })).rejects.toThrow();
    const refused = await use('browser_open', { url: `http://${hostOf(inside)}/` });
    expect(refused).toMatchObject({ status: 403, text: expect.not.stringContaining('secret') });
    await expect(use('browser_open', { url: 'file:///etc/passwd' })).rejects.toThrow();
    expect(served).toContain('/next?q=kestrel');
  } finally {
    await session.close();
    // What the browser took is counted with all its processes.
    expect(used).toMatchObject([{ cpuMs: expect.any(Number), memoryBytesMax: expect.any(Number) }]);
    expect(used[0]?.memoryBytesMax).toBeGreaterThan(50_000_000);
    await folder.remove();
    for (const server of [site, inside]) {
      server.closeAllConnections();
      server.close();
    }
  }
});

it('a browser that holds more than its agent may is ended, and the next page finds another', async () => {
  const site = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    const hog = `<script>window.kept = Array.from({ length: 40 }, () => new Uint8Array(25_000_000).fill(1))</script>`;
    response.end(`<title>Page</title>${request.url === '/hog' ? hog : '<p>small</p>'}`);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const address = `127.0.0.1:${(site.address() as AddressInfo).port}`;
  const group = new ResourceGroup({ memoryBytesMax: 800_000_000 });
  const used: ProcessUsage[] = [];
  const session = new BrowserSession(
    findChromium() ?? '',
    { privateHosts: [address] },
    { resources: async () => group, onUsage: (usage) => used.push(usage) },
  );
  const folder = await temporaryFolder();
  const tools = new Map(browserTools<undefined>(session, new Workspace(folder.path)).map((tool) => [tool.name, tool]));
  const use = (name: string, input: object = {}) =>
    tools.get(name)?.run(input as never, { scope: undefined, signal: new AbortController().signal, callId: 'c' });
  const open = (path: string) => use('browser_open', { url: `http://${address}${path}` });
  try {
    expect(await open('/')).toMatchObject({ title: 'Page', text: 'small' });
    await open('/hog')?.catch(() => {});
    await eventually('it to be ended', () => (session.isOpen ? undefined : true));
    await expect(use('browser_read')).rejects.toThrow('held more memory than it may');
    await eventually('its usage to be known', () => (used.length > 0 ? true : undefined));
    expect(await open('/')).toMatchObject({ title: 'Page', text: 'small' });
  } finally {
    await session.close();
    await folder.remove();
    site.closeAllConnections();
    site.close();
  }
});
