import fastify, { type FastifyInstance, type FastifySchema, type HTTPMethods } from 'fastify';
import type { Dialect } from './dialect.ts';
import { sharedLimit } from './door.ts';

interface DeclaredRoute {
  method: HTTPMethods | HTTPMethods[];
  url: string;
  schema: FastifySchema & { rawBody?: unknown };
}

/** Serves the OpenAPI document of the dialect whose routes are registered on `app` after this, made of the very schemas that validate. */
export async function serveDocument(
  app: FastifyInstance,
  dialect: Dialect,
  version: string,
  strangerRatePerMinute?: number,
): Promise<void> {
  const routes: DeclaredRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (method !== 'HEAD' && schema !== undefined) routes.push({ method, url, schema });
  });
  let document: Promise<object> | undefined;
  const limited =
    strangerRatePerMinute === undefined
      ? {}
      : { config: { rateLimit: false as const }, onRequest: sharedLimit(app, strangerRatePerMinute) };
  app.get(dialect.documentPath, { schema: { hide: true }, ...limited }, async (_request, reply) => {
    document ??= describeRoutes(routes, dialect, version);
    return reply.header('cache-control', 'no-cache').send(await document);
  });
}

/** On a server of its own that never listens, when somebody asks: what makes the document is no part of a start. */
async function describeRoutes(routes: DeclaredRoute[], dialect: Dialect, version: string): Promise<object> {
  const app = fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register((await import('@fastify/swagger')).default, {
    openapi: {
      openapi: dialect.openapi,
      info: { title: dialect.title, description: dialect.description, version, license: { name: 'MIT' } },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A key, or a first-party token.' },
          agent: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Signature',
            description: 'secp256k1 signature, with X-Agent-Id and X-Timestamp.',
          },
          agentKey: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Agent-Api-Key',
            description: 'The key that an agent was given when it joined.',
          },
        },
      },
      security: [{ bearer: [] }, { agent: [] }, { agentKey: [] }],
    },
  });
  for (const { schema, ...route } of routes) {
    const { rawBody, ...rest } = schema;
    // Validated by whoever reads it, so only the document has it as a body.
    const described = rawBody === undefined ? rest : { ...rest, body: rawBody };
    app.route({ ...route, schema: described, handler: async () => undefined });
  }
  await app.ready();
  return app.swagger();
}
