import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Hex } from '@guildhall/kernel';
import type { Line } from './line.ts';
import type { McpServerPlace } from './server-place.ts';
import type { McpServerSettings } from './server-settings.ts';
import { StdioTransport } from './stdio-transport.ts';

/** Node's own folder first: most servers are started with `node` or `npx`. */
const PATH = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':');

/** A server that is a program of this machine, with a folder and an environment of its own. */
export async function openStdioLine(
  settings: Extract<McpServerSettings, { transport: 'stdio' }>,
  place: Pick<McpServerPlace, 'folder' | 'owner' | 'server' | 'group' | 'onUsage'>,
): Promise<Line> {
  const home = join(place.folder, folderName(place.owner), folderName(place.server));
  await mkdir(home, { recursive: true, mode: 0o700 });
  const transport = new StdioTransport({
    command: settings.command,
    args: settings.args,
    folder: home,
    // Never this process's own environment: it holds the house's secrets.
    environment: { PATH, LANG: 'C.UTF-8', ...settings.environment, HOME: home },
    group: place.group,
    onUsage: (usage) => place.onUsage?.(place.owner, usage),
  });
  return { transport, ending: () => transport.ending, close: () => transport.close() };
}

/** Ids are readable names already; anything else could lead out of the folder. */
function folderName(text: string): string {
  return /^[A-Za-z0-9_-]{1,100}$/.test(text) ? text : sha256Hex(text).slice(0, 32);
}
