import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { Dialect } from './dialect.ts';
import { sharedLimit } from './door.ts';

/** Makes the OpenAPI document of the dialect whose routes are registered on `app` after this, from the very schemas that validate. */
export async function serveDocument(
  app: FastifyInstance,
  dialect: Dialect,
  version: string,
  strangerRatePerMinute?: number,
): Promise<void> {
  await app.register(swagger, {
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
        },
      },
      security: [{ bearer: [] }, { agent: [] }],
    },
  });
  const limited =
    strangerRatePerMinute === undefined
      ? {}
      : { config: { rateLimit: false as const }, onRequest: sharedLimit(app, strangerRatePerMinute) };
  app.get(dialect.documentPath, { schema: { hide: true }, ...limited }, async (_request, reply) =>
    reply.header('cache-control', 'no-cache').send(app.swagger()),
  );
}
