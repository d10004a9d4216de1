import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { officeModelKeys } from '../../domain/integrations/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import type { Door } from '../../http/index.ts';

/** What can think for an agent here (after spec osmoda.md 6, `/config/drivers`). */
export function driverRoutes(door: Door): void {
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/drivers',
      id: 'drivers.list',
      tag: 'Runs',
      summary: 'What can think for an agent here, and what is missing for the rest',
      params: office.OfficeParams,
      answers: { 200: Type.Array(office.DriverStatus) },
      fails: [404],
    },
    async ({ context, params }): Promise<office.DriverStatus[]> => {
      const { id } = await loadOffice(context, params.officeId, 'agents:read');
      return context.house.drivers(await officeModelKeys(context, id)).map((driver) => ({
        name: driver.name,
        available: driver.isAvailable,
        description: driver.description,
        version: driver.version ?? null,
        missing: driver.missing ?? null,
        credentials: driver.credentials.map(({ id, provider, restsUntilAt }) => ({
          id,
          provider,
          rests_until: restsUntilAt === null ? null : formatInstant(restsUntilAt),
        })),
      }));
    },
  );
}
