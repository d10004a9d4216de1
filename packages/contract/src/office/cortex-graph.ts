import Type, { type Static } from 'typebox';
import { closed, instant, nullable } from '../shapes.ts';
import { PageQuery } from './offices.ts';

/** Who and what the memory knows. Ours: the original's graph cannot be read. */
const EntityProperties = {
  id: Type.Integer(),
  kind: Type.String({ description: 'person, organization, project, file, date, ticket, url or name.' }),
  name: Type.String(),
  mentions: Type.Integer(),
  aliases: Type.Array(Type.String(), { description: 'Spellings that were taken for the same.' }),
};
export const CortexEntity = Type.Object(EntityProperties);
export type CortexEntity = Static<typeof CortexEntity>;

export const EntityListQuery = Type.Object({
  ...PageQuery.properties,
  kind: Type.Optional(Type.String({ maxLength: 40 })),
  search: Type.Optional(Type.String({ maxLength: 200 })),
});

export const NeighboursQuery = Type.Object({
  entity: Type.String({ minLength: 1, maxLength: 300, description: 'By name, mail address or id.' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
});

export const NeighboursResponse = Type.Object({
  entity: CortexEntity,
  neighbours: Type.Array(
    Type.Object({
      ...EntityProperties,
      shared: Type.Integer({ description: 'Pieces that name both.' }),
      roles: Type.Array(Type.String()),
    }),
  ),
});
export type NeighboursResponse = Static<typeof NeighboursResponse>;

export const PathQuery = Type.Object({
  from: Type.String({ minLength: 1, maxLength: 300 }),
  to: Type.String({ minLength: 1, maxLength: 300 }),
});

export const PathResponse = Type.Object({
  path: Type.Array(CortexEntity, { description: 'Empty when they are not connected within four steps.' }),
});
export type PathResponse = Static<typeof PathResponse>;

export const CortexMerge = Type.Object({
  id: Type.Integer(),
  from: Type.String(),
  into: Type.String(),
  reason: Type.String(),
  by: Type.String(),
  at: instant('When.'),
  undone_at: nullable(instant('When it was taken back.')),
});
export type CortexMerge = Static<typeof CortexMerge>;

export const MergeRequest = closed({
  from: Type.String({ minLength: 1, maxLength: 300 }),
  into: Type.String({ minLength: 1, maxLength: 300 }),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
});
export type MergeRequest = Static<typeof MergeRequest>;

export const MergeParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  mergeId: Type.String({ maxLength: 20 }),
});

export const MergeResponse = Type.Object({ id: Type.Integer() });

export const GraphQuery = Type.Object({
  ids: Type.String({ minLength: 1, maxLength: 8_000, description: 'Universal ids, separated by commas.' }),
});

export const GraphResponse = Type.Object({
  nodes: Type.Array(Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() })),
  edges: Type.Array(Type.Object({ from: Type.String(), kind: Type.String(), to: Type.String() })),
});
export type GraphResponse = Static<typeof GraphResponse>;
