import { ops } from '@guildhall/contract';
import { searchOrganization } from '../../domain/search/index.ts';
import type { Door } from '../../http/index.ts';
import { presentAgent } from './agents.ts';
import { organizationOf } from './scope.ts';
import { presentTasks } from './tasks.ts';

/** Seed: orkosi-api Operations, search. */
export function searchRoutes(door: Door): void {
  door.route(
    {
      method: 'GET',
      path: '/api/search',
      aliases: ['/api/v1/search'],
      id: 'search',
      tag: 'Operations',
      summary: 'Search tasks and agents',
      query: ops.SearchQuery,
      answers: { 200: ops.item(ops.SearchResults) },
    },
    async ({ context, query }) => {
      const { tasks, agents } = await searchOrganization(context, organizationOf(context), query.q);
      return {
        data: {
          tasks: await presentTasks(context, tasks),
          agents: agents.map((agent) => presentAgent(context, agent)),
          products: [],
        },
      };
    },
  );
}
