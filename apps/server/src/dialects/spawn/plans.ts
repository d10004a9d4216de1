import { spawn } from '@guildhall/contract';
import { plans, regions } from '../../domain/plans/index.ts';
import type { Door } from '../../http/index.ts';

/** Seed: osmoda-spawn-skill, Rate limits: free endpoints. */
export const FREE_PER_MINUTE = 30;

export function planRoutes(door: Door): void {
  door.route(
    {
      method: 'GET',
      path: '/api/v1/plans',
      id: 'list_plans',
      tag: 'Plans',
      summary: 'What can be ordered, and for how much',
      answers: { 200: spawn.PlanList },
      open: true,
      strangerRatePerMinute: FREE_PER_MINUTE,
    },
    async ({ request }): Promise<spawn.PlanList> => ({
      plans: plans.map((plan) => ({
        id: plan.id,
        name: plan.name,
        description: plan.description,
        cpu: plan.cpuCores,
        ram: `${plan.memoryGigabytes}GB`,
        disk: `${plan.diskGigabytes}GB`,
        price_usd: plan.priceCents / 100,
        ...(plan.tier === undefined ? {} : { tier: plan.tier }),
        endpoint: `${request.protocol}://${request.host}/api/v1/spawn/${plan.id}`,
      })),
      regions: [...regions],
      network: 'testnet',
      default_region: 'eu-central',
    }),
  );
}
