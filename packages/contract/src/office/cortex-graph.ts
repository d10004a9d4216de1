import Type, { type Static } from 'typebox';
import { closed, instant, nullable } from '../shapes.ts';
import { OfficeParams, PageQuery } from './offices.ts';

/** Who and what the memory knows. Ours: the original's graph cannot be read. */
const EntityProperties = {
  id: Type.Integer({ description: 'In a graph it stands as `entity:<id>`.' }),
  kind: Type.String({ description: 'person, organization, project, file, date, ticket, url or name.' }),
  name: Type.String({ description: 'As it was written when it was first named.' }),
  mentions: Type.Integer({ description: 'Pieces that name it, under any of its spellings.' }),
  aliases: Type.Array(Type.String(), { description: 'Spellings that were taken for the same.' }),
};
export const CortexEntity = Type.Object(EntityProperties);
export type CortexEntity = Static<typeof CortexEntity>;

export const EntityListQuery = Type.Object({
  ...PageQuery.properties,
  kind: Type.Optional(Type.String({ maxLength: 40, description: 'Only this kind, as entities have it.' })),
  search: Type.Optional(Type.String({ maxLength: 200, description: 'A part of the name.' })),
});

export const NeighboursQuery = Type.Object({
  entity: Type.String({ minLength: 1, maxLength: 300, description: 'By name, mail address or id.' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '20 when left out.' })),
});

export const NeighboursResponse = Type.Object({
  entity: Type.Object(EntityProperties, { description: 'The one that was asked for.' }),
  neighbours: Type.Array(
    Type.Object({
      ...EntityProperties,
      shared: Type.Integer({ description: 'Pieces that name both.' }),
      roles: Type.Array(Type.String(), {
        description:
          'How the neighbour is named in those pieces: `mentions`, `sent-by`, `sent-to`, `attended`, `part-of`.',
      }),
    }),
    { description: 'The closest first.' },
  ),
});
export type NeighboursResponse = Static<typeof NeighboursResponse>;

export const PathQuery = Type.Object({
  from: Type.String({ minLength: 1, maxLength: 300, description: 'By name, mail address or id.' }),
  to: Type.String({ minLength: 1, maxLength: 300, description: 'By name, mail address or id.' }),
});

export const PathResponse = Type.Object({
  path: Type.Array(CortexEntity, { description: 'Empty when they are not connected within four steps.' }),
});
export type PathResponse = Static<typeof PathResponse>;

export const CortexMerge = Type.Object({
  id: Type.Integer({ description: 'The `mergeId` in addresses.' }),
  from: Type.String({ description: 'Name of the one that was put under the other.' }),
  into: Type.String({ description: 'Name of the one that both are found under.' }),
  reason: Type.String({ description: 'Why they are one.' }),
  by: Type.String({ description: 'A person’s mail address, or whoever else decided.' }),
  at: instant('When.'),
  undone_at: nullable(instant('When it was taken back.')),
});
export type CortexMerge = Static<typeof CortexMerge>;

export const MergeRequest = closed({
  from: Type.String({
    minLength: 1,
    maxLength: 300,
    description: 'The one that is to be found under the other: by name, mail address or id.',
  }),
  into: Type.String({
    minLength: 1,
    maxLength: 300,
    description: 'The one that keeps its name: by name, mail address or id.',
  }),
  reason: Type.String({ minLength: 1, maxLength: 500, description: 'Why they are one; shown in the list of merges.' }),
});
export type MergeRequest = Static<typeof MergeRequest>;

export const MergeParams = Type.Object({
  ...OfficeParams.properties,
  mergeId: Type.String({ maxLength: 20, description: 'Id of a merge, as the list has it.' }),
});

export const MergeResponse = Type.Object({ id: Type.Integer({ description: 'The `mergeId` in addresses.' }) });

export const GraphQuery = Type.Object({
  ids: Type.String({ minLength: 1, maxLength: 8_000, description: 'Universal ids, separated by commas.' }),
});

export const GraphResponse = Type.Object({
  nodes: Type.Array(
    Type.Object({
      id: Type.String({ description: 'Universal id of a source, or `entity:<id>`.' }),
      kind: Type.String({ description: 'Of the source, or of the entity.' }),
      name: Type.String({ description: 'Title of the source, or name of the entity.' }),
    }),
    { description: 'The sources that were asked for, and who and what they name.' },
  ),
  edges: Type.Array(
    Type.Object({
      from: Type.String({ description: 'Id of a node, or universal id of another source.' }),
      kind: Type.String({
        description:
          '`mentions`, `sent-by`, `sent-to`, `attended`, `part-of`; between sources `derived-from`, `supersedes`, `replied-to`, `part-of`.',
      }),
      to: Type.String({ description: 'Id of a node, or universal id of another source.' }),
    }),
    { description: 'May lead to sources that are no nodes here.' },
  ),
});
export type GraphResponse = Static<typeof GraphResponse>;
