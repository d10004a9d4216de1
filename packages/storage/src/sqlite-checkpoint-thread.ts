import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

// The thread of `Checkpointer`: one checkpoint for each message. A passive one waits for nobody and holds nobody up.
const database = new DatabaseSync(String(workerData), { timeout: 5_000 });
parentPort?.on('message', () => {
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  parentPort?.postMessage('done');
});
