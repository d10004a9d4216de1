import type { JsonObject } from '@guildhall/kernel';

/** An object at a place of another one; empty when there is none. */
export function objectIn(holder: JsonObject, key: string): JsonObject {
  return asObject(holder[key]) ?? {};
}

/** A text at a place of an object; empty when there is none. */
export function textIn(holder: JsonObject, key: string): string {
  const value = holder[key];
  return typeof value === 'string' ? value : '';
}

/** The objects in a list at a place of an object; none when there is no list. */
export function objectsIn(holder: JsonObject, key: string): JsonObject[] {
  const value = holder[key];
  return Array.isArray(value) ? value.map(asObject).filter((one) => one !== undefined) : [];
}

/** The value when it is a JSON object. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The JSON object that a text holds; undefined when it holds none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}
