import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import { type HousePause, pauseHouse, readHousePause, resumeHouse } from '../../domain/runs/index.ts';
import type { Door } from '../../http/index.ts';

function presentHouse(pause: HousePause | undefined): office.HouseState {
  return {
    paused: pause !== undefined,
    paused_since: pause === undefined ? null : formatInstant(pause.since),
    note: pause === undefined || pause.note === '' ? null : pause.note,
  };
}

/** The kill switch of the whole installation. Ours: the seeds have none. */
export function houseRoutes(door: Door): void {
  const tag = 'House';
  door.route(
    {
      method: 'GET',
      path: '/api/v1/house',
      id: 'house.get',
      tag,
      summary: 'Whether work goes on in this installation',
      description: 'For its operator only.',
      answers: { 200: office.HouseState },
    },
    async ({ context }) => presentHouse(await readHousePause(context)),
  );
  door.route(
    {
      method: 'POST',
      path: '/api/v1/house/pause',
      id: 'house.pause',
      tag,
      summary: 'Stop all work in this installation before the next claim',
      description: 'What is under way goes back to its queue within moments. For the operator only.',
      body: { ...office.PauseRequest, nullable: true },
      answers: { 200: office.HouseState },
    },
    async ({ context, body }) =>
      presentHouse(await pauseHouse(context, (body as office.PauseRequest | null | undefined)?.note ?? '')),
  );
  door.route(
    {
      method: 'POST',
      path: '/api/v1/house/resume',
      id: 'house.resume',
      tag,
      summary: 'Let work go on',
      description: 'For the operator only.',
      answers: { 200: office.HouseState },
    },
    async ({ context }) => {
      await resumeHouse(context);
      return presentHouse(undefined);
    },
  );
}
