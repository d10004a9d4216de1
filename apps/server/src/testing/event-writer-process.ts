import { systemClock, Vault } from '@guildhall/kernel';
import { DiskBlobStore, openEngine } from '@guildhall/storage';
import { type House, inTransaction, LiveTexts, record, systemContext, Wake } from '../domain/context/index.ts';
import type { Tables } from '../schema/index.ts';

// A process of its own for the test of concurrent writers: writes events, some of them in transactions that fail.
const [organizationId = '', count = '0'] = process.argv.slice(2);
const engine = await openEngine<Tables>({
  databaseUrl: process.env.DATABASE_URL,
  sqlitePath: '',
  sync: 'normal',
  poolSize: 4,
});
const limits = {} as House['limits'];
const house: House = {
  instanceId: String(process.pid),
  engine,
  clock: systemClock,
  blobs: new DiskBlobStore('/nonexistent'),
  wake: new Wake(),
  live: new LiveTexts(),
  limits,
  priceCents: () => 0,
  modelPriceMicros: () => 0,
  embedder: undefined,
  reranker: undefined,
  extractor: undefined,
  pingModel: async () => ({ model: '', latencyMs: 0 }),
  askOutside: () => Promise.reject(new Error('nothing is asked here')),
  providerModels: async () => [],
  vault: new Vault(new Uint8Array(32)),
  privateHosts: [],
  channels: [],
  removeAgentFolders: async () => {},
  modelAddress: () => undefined,
  sandbox: { kind: 'none', description: '' },
  openWorkspace: () => Promise.reject(new Error('no agent is here')),
  drivers: () => [],
  driverOf: () => 'reflex',
};
const context = systemContext(house, 'writer');
const write = async (index: number) => {
  try {
    await inTransaction(context, async (tx) => {
      record(tx, { organizationId, type: 'test.happened', subjectId: `${process.pid}-${index}`, data: { index } });
      if (index % 7 === 6) throw new Error('given up');
    });
    return true;
  } catch {
    return false;
  }
};
let written = 0;
for (let index = 0; written < Number(count); index += 4) {
  const room = Math.min(4, Number(count) - written);
  const results = await Promise.all(Array.from({ length: room }, (_, offset) => write(index + offset)));
  written += results.filter(Boolean).length;
}
await engine.close();
