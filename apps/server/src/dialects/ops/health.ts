import { ops } from '@guildhall/contract';
import { Answer, type Door } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';

/** Seed: orkosi-api Health. Flat, as the original's are. */
export function healthRoutes(door: Door, parts: DialectParts): void {
  const tag = 'Health';
  const uptime = () => Math.floor((parts.house.clock.now() - parts.startedAt) / 1000);
  const health = async () => {
    const isUp = await parts.house.engine.answers();
    const body: ops.Health = {
      status: isUp ? 'ok' : 'error',
      version: parts.version,
      uptime: uptime(),
      db: isUp ? 'connected' : 'error',
      redis: 'not_configured',
    };
    return new Answer(isUp ? 200 : 503, body);
  };
  const answers = { 200: ops.Health, 503: ops.Health };
  door.route(
    {
      method: 'GET',
      path: '/api/health',
      aliases: ['/api/v1/health'],
      id: 'health',
      tag,
      summary: 'Whether requests can be served',
      answers,
      open: true,
    },
    health,
  );
  door.route(
    {
      method: 'GET',
      path: '/api/ready',
      aliases: ['/api/v1/ready'],
      id: 'ready',
      tag,
      summary: 'Readiness',
      answers,
      open: true,
    },
    health,
  );
  door.route(
    {
      method: 'GET',
      path: '/api/version',
      aliases: ['/api/v1/version'],
      id: 'version',
      tag,
      summary: 'Version and uptime',
      answers: { 200: ops.Version },
      open: true,
    },
    async (): Promise<ops.Version> => ({ name: 'guildhall', version: parts.version, uptime: uptime() }),
  );
}
