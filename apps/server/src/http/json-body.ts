import { errors } from '@guildhall/kernel';

const DEPTH_MAX = 32;

/**
 * JSON text → value. Refuses what would do harm further in: deep nesting, NUL and broken surrogates (no database keeps
 * them), and keys that reach for prototypes. Throws `validation_failed`.
 */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw errors.validationFailed('body', 'is not JSON');
  }
  refuseHarmful(value, 'body', 0);
  return value;
}

function refuseHarmful(value: unknown, path: string, depth: number): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw errors.validationFailed(path, 'contains a NUL character');
    if (!value.isWellFormed()) throw errors.validationFailed(path, 'contains half of a surrogate pair');
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth >= DEPTH_MAX) throw errors.validationFailed(path, `is nested deeper than ${DEPTH_MAX} levels`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseHarmful(item, `${path}[${index}]`, depth + 1);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype')
      throw errors.validationFailed(`${path}.${key}`, 'is not an allowed name');
    refuseHarmful(key, `${path} (a name in it)`, depth + 1);
    refuseHarmful(item, `${path}.${key}`, depth + 1);
  }
}
