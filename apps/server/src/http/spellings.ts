import { camelCase, snakeCase } from '@guildhall/kernel';

/** A schema, as far as it says which fields there are. */
interface Fields {
  type?: string;
  properties?: Record<string, Fields>;
  items?: Fields;
}

/**
 * Two families of clients write the same fields as `agent_name` and as `agentName` (spec: mitosis.md 9): both are taken everywhere.
 * Renames, in place, what the schema knows in the other spelling only; a field that is there in both stays as it is.
 */
export function renameSpellings(schema: Fields | undefined, value: unknown): void {
  if (schema === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) renameSpellings(schema.items, item);
    return;
  }
  const { properties } = schema;
  if (properties === undefined) return;
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const known = Object.hasOwn(properties, name) ? name : otherSpelling(properties, name);
    if (known === undefined) continue;
    if (known !== name && !Object.hasOwn(fields, known)) {
      fields[known] = fields[name];
      delete fields[name];
    }
    const field = properties[known];
    if (field?.properties !== undefined || field?.items !== undefined) renameSpellings(field, fields[known]);
  }
}

function otherSpelling(properties: Record<string, Fields>, name: string): string | undefined {
  return [snakeCase(name), camelCase(name)].find((other) => other !== name && Object.hasOwn(properties, other));
}
