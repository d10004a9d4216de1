import { Ajv } from 'ajv';

/** JSON Schema, as far as a probe looks into it. */
export interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  nullable?: boolean;
  description?: string;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema: Schema;
}

/** What an OpenAPI document promises of one operation. */
export interface Operation {
  id: string;
  method: string;
  /** With `{names}`. */
  path: string;
  parameters: Parameter[];
  /** Of a JSON body; undefined when it takes none. */
  body: Schema | undefined;
  /** Its body is bytes or a form, and no JSON. */
  takesBytes: boolean;
  statuses: number[];
  isOpen: boolean;
  isIdempotent: boolean;
}

/** What a document leaves without a word: operations, parameters, fields of requests and of answers. */
export async function undescribedIn(url: string, documentPath: string): Promise<string[]> {
  const document = (await (await fetch(url + documentPath)).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { summary, parameters = [], requestBody, responses }]) => {
      const place = `${method} ${path}`;
      const bodies = [requestBody, ...Object.values(responses)].flatMap((body) => Object.values(body?.content ?? {}));
      return [
        ...(summary === undefined ? [place] : []),
        ...parameters
          .filter(({ description, schema }) => (description ?? schema.description) === undefined)
          .map(({ name }) => `${place} ?${name}`),
        ...bodies.flatMap(({ schema }) => undescribedFields(schema ?? {}, place)),
      ];
    }),
  );
}

function undescribedFields(schema: Schema, place: string): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...(field.description === undefined ? [`${place}.${name}`] : []),
    ...undescribedFields(field, `${place}.${name}`),
  ]);
  const within = [schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [...own, ...within.flatMap((part) => (part === undefined ? [] : undescribedFields(part, place)))];
}

interface Body {
  content?: Record<string, { schema?: Schema }>;
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId?: string;
        summary?: string;
        parameters?: Parameter[];
        requestBody?: Body;
        responses: Record<string, Body>;
        security?: unknown[];
      }
    >
  >;
}

/** The operations of a served document, as data for tests that try each of them. */
export async function readOperations(url: string, documentPath: string): Promise<Operation[]> {
  const document = (await (await fetch(url + documentPath)).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const parameters = operation.parameters ?? [];
      const kinds = Object.keys(operation.requestBody?.content ?? {});
      return {
        id: operation.operationId ?? `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters,
        body: operation.requestBody?.content?.['application/json']?.schema,
        takesBytes: kinds.length > 0 && !kinds.includes('application/json'),
        statuses: Object.keys(operation.responses).map(Number),
        isOpen: operation.security?.length === 0,
        isIdempotent: parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key'),
      };
    }),
  );
}

const ajv = new Ajv({ strict: false, validateFormats: false });

export function fits(schema: Schema, value: unknown): boolean {
  return ajv.validate(schema, value);
}

/**
 * The smallest value that a schema takes: what is required and nothing else. `known` names values that mean something where the
 * test stands (an agent that is there), by field.
 */
export function sampleOf(schema: Schema, known: (field: string) => unknown, field = ''): unknown {
  const given = known(field);
  if (given !== undefined && fits(schema, given)) return given;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first !== undefined) return sampleOf(first, known, field);
  switch (schema.type) {
    case 'object':
      return sampleObject(schema, known);
    case 'array':
      return (schema.minItems ?? 0) > 0 && schema.items !== undefined ? [sampleOf(schema.items, known, field)] : [];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return false;
    case 'string':
      return schema.format === 'date-time' ? '2030-01-01T00:00:00Z' : 'x'.repeat(Math.max(1, schema.minLength ?? 1));
    default:
      return 'x';
  }
}

function sampleObject(schema: Schema, known: (field: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    (schema.required ?? []).map((name) => [name, sampleOf(schema.properties?.[name] ?? {}, known, name)]),
  );
}

const LARGE = 100_000;

/** Values of wrong types and sizes, of which each is surely refused by the schema. */
export function wrongValuesOf(schema: Schema): unknown[] {
  const tooLong = schema.maxLength !== undefined && schema.maxLength < LARGE ? ['x'.repeat(schema.maxLength + 1)] : [];
  const tooMany =
    schema.maxItems !== undefined && schema.maxItems < LARGE && schema.items !== undefined
      ? [Array.from({ length: schema.maxItems + 1 }, () => sampleOf(schema.items ?? {}, () => undefined))]
      : [];
  const tooFar = [
    ...(schema.minimum === undefined ? [] : [schema.minimum - 1]),
    ...(schema.maximum === undefined ? [] : [schema.maximum + 1]),
  ];
  const usual = [{ nested: true }, ['a'], [[]], true, 1.5, -7, 'no-such-word', '', null];
  return [...usual, ...tooLong, ...tooMany, ...tooFar].filter((value) => !fits(schema, value));
}

/** The same for what stands in a query, where everything is written as text. */
export function wrongTextsOf(schema: Schema): string[] {
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  if (isNumber) {
    const outside = [
      schema.minimum === undefined ? [] : [schema.minimum - 1],
      schema.maximum ? [schema.maximum + 1] : [],
    ];
    return ['abc', '1e400', ...(schema.type === 'integer' ? ['1.5'] : []), ...outside.flat().map(String)];
  }
  if (schema.type === 'boolean') return ['maybe', '2'];
  if (schema.enum !== undefined) return ['no-such-word'];
  return schema.maxLength !== undefined && schema.maxLength < 4_000 ? ['x'.repeat(schema.maxLength + 1)] : [];
}

const LEVELS_MAX = 4;

/**
 * Each place of a body that has a schema: fields, what is in lists (`0`), what stands under any name of a map (`a`), in each of several
 * shapes that it may have.
 */
export function fieldsOf(schema: Schema, path: string[] = []): { path: string[]; schema: Schema }[] {
  if (path.length >= LEVELS_MAX) return [];
  const { properties = {}, items, additionalProperties, anyOf = [], oneOf = [] } = schema;
  const places: [string, Schema][] = [
    ...Object.entries(properties),
    ...(items === undefined ? [] : [[FIRST, items] as [string, Schema]]),
    ...(typeof additionalProperties === 'object' ? [['a', additionalProperties] as [string, Schema]] : []),
  ];
  const own = places.flatMap(([name, field]) => [
    { path: [...path, name], schema: field },
    ...fieldsOf(field, [...path, name]),
  ]);
  return [...own, ...[...anyOf, ...oneOf].flatMap((shape) => fieldsOf(shape, path))];
}

/** The first of a list, as a step of a path. */
const FIRST = '0';

/** `body` with the value at that place; what is on the way is made. */
export function withValue(body: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown {
  if (name === FIRST) {
    const list = Array.isArray(body) ? body : [];
    return [rest.length === 0 ? value : withValue(list[0], rest, value), ...list.slice(1)];
  }
  const object =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  return { ...object, [name]: rest.length === 0 ? value : withValue(object[name], rest, value) };
}
