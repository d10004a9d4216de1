import type { FastifyInstance } from 'fastify';
import { Door, serveDocument } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';
import { activityLogRoutes } from './activity-log.ts';
import { agentRunRoutes } from './agent-runs.ts';
import { agentRoutes } from './agents.ts';
import { opsDialect } from './errors.ts';
import { healthRoutes } from './health.ts';
import { searchRoutes } from './search.ts';
import { taskRoutes } from './tasks.ts';

export { opsDialect };

/** The ops door: `/api/…`, and `/api/v1/…` as an alias. */
export async function openOpsDoor(app: FastifyInstance, parts: DialectParts): Promise<void> {
  await serveDocument(app, opsDialect, parts.version);
  const door = new Door(app, opsDialect);
  healthRoutes(door, parts);
  taskRoutes(door);
  agentRoutes(door);
  agentRunRoutes(door);
  activityLogRoutes(door);
  searchRoutes(door);
}
