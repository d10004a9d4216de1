import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { systemContext } from '../../domain/context/index.ts';
import { countOpenRuns } from '../../domain/runs/index.ts';
import type { DialectParts } from '../parts.ts';

const hidden = { schema: { hide: true } };

/** `/healthz`, `/health`, `/ready`, `/metrics` (DESIGN 8). */
export function probeRoutes(app: FastifyInstance, parts: DialectParts): void {
  const health = async () => ({
    status: 'ok',
    version: parts.version,
    uptime_seconds: Math.floor((parts.house.clock.now() - parts.startedAt) / 1000),
  });
  app.get('/healthz', hidden, health);
  app.get('/health', hidden, health);
  app.get('/ready', hidden, async (_request, reply) => {
    const isReady = await parts.house.engine.answers();
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ok' : 'error', database: isReady ? 'connected' : 'error' });
  });
  let metrics: Promise<Registry> | undefined;
  app.get('/metrics', hidden, async (_request, reply) => {
    metrics ??= openMetrics(parts);
    const registry = await metrics;
    return reply.header('content-type', registry.contentType).send(await registry.metrics());
  });
}

/**
 * Process figures, and how much work waits. Counted when asked, and not before the first look: the watch on the event loop
 * wakes the process fifty times a second.
 */
async function openMetrics(parts: DialectParts): Promise<Registry> {
  const { collectDefaultMetrics, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  new Gauge({
    name: 'guildhall_runs',
    help: 'Runs that wait or are under way.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      const counts = await countOpenRuns(systemContext(parts.house, 'metrics'));
      for (const [status, count] of Object.entries(counts)) this.set({ status }, count);
    },
  });
  return registry;
}
