import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import {
  merge,
  readEntities,
  readGraph,
  readMerges,
  readNeighbours,
  readPath,
  unmerge,
} from '../../domain/memory/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';
import { CORTEX_BASE as base } from './cortex.ts';
import { presentEntity } from './cortex-shapes.ts';

const PAGE_DEFAULT = 100;
const NEIGHBOURS_DEFAULT = 20;

/** Who and what the memory knows, readable. Ours: the original's graph cannot be read. */
export function cortexGraphRoutes(door: Door): void {
  const tag = 'Cortex graph';
  const params = office.OfficeParams;
  door.route(
    {
      method: 'GET',
      path: `${base}/v1/entities`,
      id: 'cortex.entities',
      tag,
      summary: 'Who and what is named, the most often named first',
      params,
      query: office.EntityListQuery,
      answers: { 200: Type.Array(office.CortexEntity) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? PAGE_DEFAULT, cursor: query.cursor };
      const filter = { kind: query.kind, search: query.search };
      return itemsWithCursor(reply, await readEntities(context, params.officeId, filter, page)).map(presentEntity);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/v1/entities/neighbours`,
      id: 'cortex.neighbours',
      tag,
      summary: 'What is named beside an entity',
      params,
      query: office.NeighboursQuery,
      answers: { 200: office.NeighboursResponse },
      fails: [404],
    },
    async ({ context, params, query }): Promise<office.NeighboursResponse> => {
      const limit = query.limit ?? NEIGHBOURS_DEFAULT;
      const { entity, neighbours } = await readNeighbours(context, params.officeId, query.entity, limit);
      return {
        entity: presentEntity(entity),
        neighbours: neighbours.map((one) => ({ ...presentEntity(one), shared: one.sharedCount, roles: one.roles })),
      };
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/v1/entities/path`,
      id: 'cortex.path',
      tag,
      summary: 'How two entities hang together',
      params,
      query: office.PathQuery,
      answers: { 200: office.PathResponse },
      fails: [404],
    },
    async ({ context, params, query }): Promise<office.PathResponse> => ({
      path: (await readPath(context, params.officeId, query.from, query.to)).map(presentEntity),
    }),
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/v1/graph`,
      id: 'cortex.graph',
      tag,
      summary: 'What some sources name, and how they hang together',
      params,
      query: office.GraphQuery,
      answers: { 200: office.GraphResponse },
      fails: [404],
    },
    async ({ context, params, query }) => readGraph(context, params.officeId, query.ids.split(',')),
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/v1/merges`,
      id: 'cortex.merges',
      tag,
      summary: 'What was taken for the same, and why',
      params,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.CortexMerge) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? PAGE_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await readMerges(context, params.officeId, page)).map(
        (row): office.CortexMerge => ({
          id: row.id,
          from: row.from,
          into: row.into,
          reason: row.reason,
          by: row.byWhom,
          at: formatInstant(row.at),
          undone_at: row.undoneAt === null ? null : formatInstant(row.undoneAt),
        }),
      );
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/v1/merges`,
      id: 'cortex.merge',
      tag,
      summary: 'Say that two are one',
      params,
      body: office.MergeRequest,
      answers: { 201: office.MergeResponse },
      fails: [404, 409],
      idempotent: true,
    },
    async ({ context, params, body }) => merge(context, params.officeId, body),
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/v1/merges/:mergeId`,
      id: 'cortex.unmerge',
      tag,
      summary: 'Take a merge back; it is not made again',
      params: office.MergeParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await unmerge(context, params.officeId, params.mergeId);
      return new Answer(204, undefined);
    },
  );
}
