import type { FastifyInstance } from 'fastify';
import { Door, serveDocument } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';
import { approvalRoutes } from './approvals.ts';
import { attentionRoutes } from './attention.ts';
import { cortexRoutes } from './cortex.ts';
import { cortexEnrichmentRoutes } from './cortex-enrichment.ts';
import { cortexFeedRoutes } from './cortex-feeds.ts';
import { cortexGraphRoutes } from './cortex-graph.ts';
import { creditRoutes } from './credits.ts';
import { driverRoutes } from './drivers.ts';
import { employeeRoutes } from './employees.ts';
import { officeDialect } from './errors.ts';
import { eventRoutes } from './events.ts';
import { fileRoutes } from './files.ts';
import { houseRoutes } from './house.ts';
import { meRoutes } from './me.ts';
import { messageRoutes } from './messages.ts';
import { officeRoutes } from './offices.ts';
import { runRoutes } from './runs.ts';
import { scheduleRoutes } from './schedules.ts';
import { taskRoutes } from './tasks.ts';
import { usageRoutes } from './usage.ts';
import { xmtpRoutes } from './xmtp.ts';

export { officeDialect };

/** The office door: `/api/v1/offices/…`. */
export async function openOfficeDoor(app: FastifyInstance, parts: DialectParts): Promise<void> {
  await serveDocument(app, officeDialect, parts.version);
  const door = new Door(app, officeDialect);
  meRoutes(door);
  houseRoutes(door);
  officeRoutes(door);
  employeeRoutes(door);
  taskRoutes(door);
  await app.register(async (scope) => fileRoutes(scope, new Door(scope, officeDialect)));
  cortexRoutes(door);
  cortexFeedRoutes(door);
  cortexEnrichmentRoutes(door);
  cortexGraphRoutes(door);
  runRoutes(door);
  approvalRoutes(door);
  attentionRoutes(door);
  scheduleRoutes(door);
  driverRoutes(door);
  creditRoutes(door);
  usageRoutes(door);
  xmtpRoutes(door);
  messageRoutes(door, parts);
  eventRoutes(door, parts);
}
