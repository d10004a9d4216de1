import type { JsonObject } from '@guildhall/kernel';
import { Ajv } from 'ajv';

/** A schema stands in every request to a model; a longer one is left out. */
const SCHEMA_CHARS_MAX = 50_000;

export interface UsableSchema {
  schema: JsonObject;
  /** It could not be compiled or is too long: the server looks at the arguments itself. */
  isUnchecked: boolean;
}

/**
 * A server's input schema as the dispatcher can compile it, unchanged where that is possible. `$schema` and `$id` go where
 * they are in the way: drafts that are not known here, and names that two schemas claim.
 */
export function usableSchema(schema: JsonObject): UsableSchema {
  const { $schema: _draft, $id: _name, id: _oldName, ...plain } = schema;
  const isPlain = schema.$id === undefined && typeof schema.id !== 'string';
  if (textLength(schema) <= SCHEMA_CHARS_MAX) {
    for (const candidate of isPlain ? [schema, plain] : [plain])
      if (compiles(candidate)) return { schema: candidate, isUnchecked: false };
  }
  return { schema: { type: 'object', additionalProperties: true }, isUnchecked: true };
}

/** With the dispatcher's options, in a place of its own. To make one takes longer than to compile, so it is kept. */
const ajv = new Ajv({ allErrors: true, strict: false, coerceTypes: true, logger: false });

function compiles(schema: JsonObject): boolean {
  try {
    ajv.compile(schema);
    return true;
  } catch {
    return false;
  } finally {
    ajv.removeSchema(schema);
  }
}

function textLength(schema: JsonObject): number {
  try {
    return JSON.stringify(schema).length;
  } catch {
    // Nested deeper than the stack.
    return Number.POSITIVE_INFINITY;
  }
}
