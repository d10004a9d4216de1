import { readFileSync } from 'node:fs';

/** What the driver wrote for the program. */
export function readConfiguration() {
  return JSON.parse(readFileSync(process.env.OPENCLAW_CONFIG_PATH, 'utf8'));
}

/** The object that the program writes when it has come to an end. */
export function succeed({ text, session, provider, model, usage }) {
  const meta = { durationMs: 1, agentMeta: { sessionId: session, provider, model, usage }, stopReason: 'stop' };
  process.stdout.write(`${JSON.stringify({ payloads: [{ text, mediaUrl: null }], meta }, null, 2)}\n`);
}

/** The object that it writes when it has failed. */
export function fail(message) {
  process.stdout.write(`${JSON.stringify({ ok: false, error: { type: 'cli_error', message } }, null, 2)}\n`);
  process.exit(1);
}
