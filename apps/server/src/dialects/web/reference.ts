import type { FastifyInstance } from 'fastify';
import { escapeHtml, page, sendPage } from './page.ts';

/** What of an OpenAPI document the page shows. */
interface Schema {
  type?: string;
  description?: string;
  enum?: unknown[];
  nullable?: boolean;
  format?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  $ref?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

interface Operation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>;
}

interface Document {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
}

const DEPTH_MAX = 6;

/** `GET /docs/api`: the office API to be read, made of the very document that programs read. */
export function referenceRoutes(app: FastifyInstance): void {
  let made: Promise<string> | undefined;
  app.get('/docs/api', { schema: { hide: true } }, async (_request, reply) => {
    made ??= read(app).then(referencePage);
    return sendPage(reply, await made);
  });
}

async function read(app: FastifyInstance): Promise<Document> {
  const answer = await app.inject({ method: 'GET', url: '/api/v1/openapi.json' });
  return JSON.parse(answer.body) as Document;
}

function referencePage({ info, paths }: Document): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = [...Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'Other')];
  const contents = groups.map(([tag]) => `<a href="#${anchorOf(tag)}">${escapeHtml(tag)}</a>`).join(' · ');
  const sections = groups.map(
    ([tag, members]) =>
      `<h2 id="${anchorOf(tag)}">${escapeHtml(tag)}</h2>${members
        .map(({ path, method, operation }) => operationHtml(method, path, operation))
        .join('')}`,
  );
  return page(
    `${info.title} ${info.version}`,
    `<h1>${escapeHtml(info.title)}</h1><p class="lead">${escapeHtml(info.description ?? '')}</p>
<p>Send <code>Authorization: Bearer &lt;key&gt;</code>. Errors have <code>code</code>, <code>message</code> and <code>mend</code>. Lists come in pages:
the header <code>X-Next-Cursor</code> is the next <code>cursor</code>. The same for programs: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<p>${contents}</p>${sections.join('')}`,
  );
}

function anchorOf(tag: string): string {
  return tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const { operationId = '', summary = '', description = '', parameters = [], requestBody, responses = {} } = operation;
  const rows = parameters.map(
    ({ name, in: place, required, description: about, schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required === true ? '' : ' ?'}</td><td>${escapeHtml(place)}, ${escapeHtml(shapeOf(schema, DEPTH_MAX))}${about === undefined ? '' : `. ${escapeHtml(about)}`}</td></tr>`,
  );
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const answers = Object.entries(responses)
    .filter(([status]) => status < '400')
    .map(([status, answer]) => {
      const schema = Object.values(answer.content ?? {})[0]?.schema;
      return `<p>${escapeHtml(status)}</p>${schema === undefined ? '' : shapeHtml(schema)}`;
    });
  const refusals = Object.keys(responses).filter((status) => status >= '400');
  return `<details id="${escapeHtml(operationId)}"><summary><code>${method} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</summary>
<p>${escapeHtml(description)}</p>${rows.length === 0 ? '' : `<table>${rows.join('')}</table>`}
${body === undefined ? '' : `<p>Body</p>${shapeHtml(body)}`}${answers.join('')}
<p class="lead">${escapeHtml(operationId)}${refusals.length === 0 ? '' : `; may answer ${refusals.join(', ')}`}</p></details>`;
}

function shapeHtml(schema: Schema): string {
  return `<pre>${escapeHtml(shapeOf(schema, DEPTH_MAX))}</pre>`;
}

/** A schema as people write types. */
function shapeOf(schema: Schema | undefined, depth: number, indent = ''): string {
  if (schema === undefined) return 'anything';
  const orNull = schema.nullable === true ? ' | null' : '';
  if (schema.enum !== undefined) return schema.enum.map((word) => JSON.stringify(word)).join(' | ') + orNull;
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((one) => shapeOf(one, depth - 1, indent)).join(' | ') + orNull;
  if (schema.type === 'array') return `${shapeOf(schema.items, depth - 1, indent)}[]${orNull}`;
  if (schema.type === 'object' || schema.properties !== undefined) {
    const properties = Object.entries(schema.properties ?? {});
    if (properties.length === 0 || depth <= 0) return `{ … }${orNull}`;
    const inner = `${indent}  `;
    const lines = properties.map(([name, property]) => {
      const mark = schema.required?.includes(name) === true ? '' : '?';
      const about = property.description === undefined ? '' : `  // ${property.description}`;
      return `${inner}${name}${mark}: ${shapeOf(property, depth - 1, inner)}${about}`;
    });
    return `{\n${lines.join('\n')}\n${indent}}${orNull}`;
  }
  return `${schema.format ?? schema.type ?? 'anything'}${orNull}`;
}
