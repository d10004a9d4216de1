import type { JsonObject } from '@guildhall/kernel';
import type { Usage } from '../../journal.ts';
import type { ProgramError } from '../program-failure.ts';

/** What one run of OpenClaw came to. */
export type OpenClawAnswer = { text: string; usage: Usage } | { error: ProgramError };

/** The JSON that OpenClaw writes at its end; undefined when what it wrote holds none. */
export function readOpenClawAnswer(output: string): OpenClawAnswer | undefined {
  const whole = objectFrom(output);
  if (whole === undefined) return undefined;
  // Through a gateway the same stands one level lower.
  const body = objectAt(whole, 'result') ?? whole;
  const meta = objectAt(body, 'meta') ?? {};
  const payloads = Array.isArray(body.payloads) ? body.payloads.filter(isObject) : [];
  const error = errorIn(whole, meta, payloads);
  if (error !== undefined) return { error };
  const text = payloads
    .map((payload) => payload.text)
    .filter((part) => typeof part === 'string')
    .join('\n\n');
  return { text, usage: usageIn(objectAt(objectAt(meta, 'agentMeta') ?? {}, 'usage') ?? {}) };
}

function errorIn(whole: JsonObject, meta: JsonObject, payloads: readonly JsonObject[]): ProgramError | undefined {
  const error = objectAt(whole, 'error') ?? objectAt(meta, 'error');
  const failed = payloads.find((payload) => payload.isError === true);
  if (error === undefined && failed === undefined && meta.stopReason !== 'error' && whole.ok !== false)
    return undefined;
  const words = [error?.message, failed?.text, error === undefined ? undefined : meta.finalAssistantVisibleText];
  return { status: undefined, code: undefined, text: words.filter((part) => typeof part === 'string').join(' ') };
}

function usageIn(usage: JsonObject): Usage {
  const count = (key: string) => (typeof usage[key] === 'number' ? Math.max(0, Math.round(usage[key])) : 0);
  return {
    inputTokens: count('input') + count('cacheRead') + count('cacheWrite'),
    cachedInputTokens: count('cacheRead'),
    outputTokens: count('output'),
  };
}

/** Its diagnostics go to standard error, but a plugin may write before the object. */
function objectFrom(output: string): JsonObject | undefined {
  for (const at of [0, output.indexOf('\n{') + 1, output.indexOf('{')]) {
    if (at < 0) continue;
    try {
      const value: unknown = JSON.parse(output.slice(at).toWellFormed().replaceAll('\\u0000', ''));
      if (isObject(value)) return value;
    } catch {
      // It may begin further on.
    }
  }
  return undefined;
}

function objectAt(holder: JsonObject, key: string): JsonObject | undefined {
  const value = holder[key];
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
