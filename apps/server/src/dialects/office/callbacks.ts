import { office } from '@guildhall/contract';
import { formatInstant, type JsonObject } from '@guildhall/kernel';
import Type from 'typebox';
import { type Callback, keepCallback, listCallbacks, loadCallback } from '../../domain/callbacks/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 100;

/** What machines tell of themselves (seed: mitosis-sdk-reference 7.9, CallbacksAPI). */
export function callbackRoutes(door: Door): void {
  const tag = 'Callbacks';
  const base = '/api/v1/offices/:officeId/callbacks';
  door.route(
    {
      method: 'POST',
      path: `${base}/pod-event`,
      id: 'callbacks.podEvent',
      tag,
      summary: 'Tell what happened to a machine',
      description: 'Kept as it is told, and told on as an event callback.received.',
      params: office.OfficeParams,
      body: office.PodEventRequest,
      answers: { 201: office.PodCallback },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const told = { type: body.type, payload: (body.payload ?? {}) as JsonObject };
      return presentCallback(await keepCallback(context, params.officeId, told));
    },
  );
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'callbacks.list',
      tag,
      summary: 'What machines told, newest first; an agent sees its own',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.PodCallback) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listCallbacks(context, params.officeId, page)).map(presentCallback);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/:callbackId`,
      id: 'callbacks.get',
      tag,
      summary: 'One thing that a machine told',
      params: office.CallbackParams,
      answers: { 200: office.PodCallback },
      fails: [404],
    },
    async ({ context, params }) => presentCallback(await loadCallback(context, params.officeId, params.callbackId)),
  );
}

function presentCallback({ id, type, payload, created_at }: Callback): office.PodCallback {
  return { id, type, payload, created_at: formatInstant(created_at) };
}
