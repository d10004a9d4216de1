import { parseArgs } from 'node:util';
import { benchAgents } from './agents.ts';
import { benchChat } from './chat.ts';
import { benchFiles } from './files.ts';
import { benchHttp } from './http.ts';
import { benchInstall } from './install.ts';
import { benchLists } from './lists.ts';
import { benchMemory } from './memory/memory.ts';
import { benchMemoryMillion, benchMemorySpeed } from './memory/speed.ts';
import { benchReply } from './reply.ts';
import type { Row } from './report.ts';
import { printRows } from './report.ts';
import { benchResident } from './resident.ts';

const benches: Record<string, () => Promise<Row[]>> = {
  http: benchHttp,
  reply: benchReply,
  resident: benchResident,
  agents: benchAgents,
  chat: benchChat,
  files: benchFiles,
  lists: benchLists,
  install: benchInstall,
  memory: benchMemory,
  'memory-speed': benchMemorySpeed,
  'memory-million': benchMemoryMillion,
};
/** Needs data that is not part of the project, or many minutes: only when asked for. */
const ON_REQUEST = ['memory', 'memory-million'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const chosen =
  positionals.length === 0 ? Object.keys(benches).filter((name) => !ON_REQUEST.includes(name)) : positionals;
const rows: Row[] = [];
for (const name of chosen) {
  const bench = benches[name];
  if (bench === undefined) {
    process.stderr.write(`There is no benchmark "${name}". There are: ${Object.keys(benches).join(', ')}.\n`);
    process.exit(2);
  }
  process.stderr.write(`${name} …\n`);
  rows.push(...(await bench()));
}
printRows(rows, values.json);
