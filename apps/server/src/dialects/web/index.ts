import type { FastifyInstance } from 'fastify';
import type { DialectParts } from '../parts.ts';
import { webDialect } from './errors.ts';
import { homeRoutes } from './home.ts';
import { inviteRoutes } from './invite.ts';
import { mcpRoutes } from './mcp.ts';
import { probeRoutes } from './probes.ts';
import { referenceRoutes } from './reference.ts';

export { webDialect };

/** Pages, and the probes that watch the server. */
export async function openWebDoor(app: FastifyInstance, parts: DialectParts): Promise<void> {
  probeRoutes(app, parts);
  homeRoutes(app, parts);
  inviteRoutes(app);
  referenceRoutes(app);
  mcpRoutes(app, parts);
}
