import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./load-process.ts', import.meta.url));

export interface Load {
  seconds: number;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Give each request an Idempotency-Key of its own. */
  freshKey?: boolean;
}

/** Requests a second at 16 connections. Throws when an answer is not 2xx. */
export async function load(url: string, options: Load): Promise<number> {
  const settings = { url, method: 'GET', headers: {}, freshKey: false, ...options };
  const { stdout } = await run(process.execPath, [program, JSON.stringify(settings)]);
  const { average, failed } = JSON.parse(stdout) as { average: number; failed: number };
  if (failed > 0) throw new Error(`${url}: ${failed} requests were not answered with 2xx`);
  return average;
}
