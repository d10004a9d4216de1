import { spawn } from '@guildhall/contract';
import type { Door } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';
import { FREE_PER_MINUTE } from './plans.ts';

/** A2A agent card: how other agents find out what is served here. */
export function agentCardRoutes(door: Door, parts: DialectParts): void {
  door.route(
    {
      method: 'GET',
      path: '/.well-known/agent-card.json',
      id: 'agent_card',
      tag: 'Discovery',
      summary: 'A2A agent card',
      answers: { 200: spawn.AgentCard },
      open: true,
      strangerRatePerMinute: FREE_PER_MINUTE,
    },
    async ({ request }): Promise<spawn.AgentCard> => {
      const base = `${request.protocol}://${request.host}`;
      return {
        protocolVersion: '1.0',
        name: 'Guildhall',
        description: 'A self-hosted control plane for teams of AI agents.',
        url: base,
        version: parts.version,
        provider: { organization: 'Guildhall', url: base },
        capabilities: { streaming: true, pushNotifications: false, stateTransitionHistory: true },
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
        defaultInputModes: ['text/plain', 'application/json'],
        defaultOutputModes: ['text/plain', 'application/json'],
        documentationUrl: `${base}/api/v1/docs`,
        skills: [
          { id: 'plans', name: 'Plans', description: 'Lists server sizes and prices.', tags: ['servers', 'pricing'] },
          {
            id: 'tasks',
            name: 'Tasks',
            description: 'Takes tasks and returns results with evidence.',
            tags: ['tasks', 'files'],
          },
        ],
      };
    },
  );
}
