import { parentPort, workerData } from 'node:worker_threads';
import { UnreadableDocument } from './document-record.ts';
import { readDocument } from './read-document.ts';
import type { WorkerAnswer } from './read-safely.ts';

const RECORDS_MAX = 20_000;
const CHARS_MAX = 40_000_000;

const { name, bytes } = workerData as { name: string; bytes: Uint8Array };

async function answer(): Promise<WorkerAnswer> {
  try {
    const records = (await readDocument(name, bytes)).slice(0, RECORDS_MAX);
    const chars = records.reduce((sum, { text }) => sum + text.length, 0);
    return chars > CHARS_MAX ? { reason: 'It holds more text than a file may.' } : { records };
  } catch (error) {
    return { reason: error instanceof UnreadableDocument ? error.message : 'It cannot be read.' };
  }
}

parentPort?.postMessage(await answer());
