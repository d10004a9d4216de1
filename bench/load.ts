import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Requests a second at 16 connections for `seconds`, from a process of its own. Throws when an answer is not 2xx. */
export async function load(
  url: string,
  options: { seconds: number; headers?: Record<string, string>; method?: string; body?: string },
): Promise<number> {
  const args = ['-j', '-c', '16', '-d', String(options.seconds), '-m', options.method ?? 'GET'];
  for (const [name, value] of Object.entries(options.headers ?? {})) args.push('-H', `${name}=${value}`);
  if (options.body !== undefined) args.push('-b', options.body);
  // [<id>] in headers or body becomes a fresh id for each request.
  if (JSON.stringify(options).includes('[<id>]')) args.push('-I');
  const child = spawn(process.execPath, [require.resolve('autocannon/autocannon.js'), ...args, url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const result = JSON.parse(text) as { requests: { average: number }; non2xx: number; errors: number };
  if (result.non2xx + result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`);
  return result.requests.average;
}
