import type { FastifyInstance } from 'fastify';
import { Door, serveDocument } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';
import { agentCardRoutes } from './agent-card.ts';
import { spawnDialect } from './errors.ts';
import { FREE_PER_MINUTE, planRoutes } from './plans.ts';

export { spawnDialect };

/** The spawn door: what strangers may see. Orders, servers and chat come with the spawn issue. */
export async function openSpawnDoor(app: FastifyInstance, parts: DialectParts): Promise<void> {
  await serveDocument(app, spawnDialect, parts.version, FREE_PER_MINUTE);
  const door = new Door(app, spawnDialect);
  planRoutes(door);
  agentCardRoutes(door, parts);
}
