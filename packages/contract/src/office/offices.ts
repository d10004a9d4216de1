import Type, { type Static } from 'typebox';
import { closed, instant, stringEnum } from '../shapes.ts';

export const OfficeParams = Type.Object({ officeId: Type.String({ maxLength: 200, description: 'The office.' }) });

export const Office = Type.Object({
  id: Type.String(),
  name: Type.String(),
  owner_id: Type.String(),
  created_at: instant('When it was opened.'),
  status: stringEnum(['provisioning', 'active', 'suspended', 'archived'], 'Whether work starts here.'),
  settings: Type.Record(Type.String(), Type.Unknown()),
  existing: Type.Optional(
    Type.Boolean({ description: 'Set by create: you had one already, and the name was ignored.' }),
  ),
});
export type Office = Static<typeof Office>;

/** Seed: mitosis-sdk-reference 7.1. */
export const RotatedSecret = Type.Object({
  secret: Type.String({ description: 'Shown once.' }),
  previous_valid_until: instant('Until when the one before is still good.'),
});
export type RotatedSecret = Static<typeof RotatedSecret>;

/** Known settings are checked, unknown ones kept. */
export const OfficeSettings = Type.Record(Type.String({ maxLength: 200 }), Type.Unknown());
export type OfficeSettings = Static<typeof OfficeSettings>;

export const CreateOfficeRequest = closed({
  name: Type.String({ maxLength: 400 }),
  owner_id: Type.Optional(Type.String({ maxLength: 200, description: 'You, by id or mail address.' })),
  forceCreate: Type.Optional(Type.Boolean({ description: 'Open another office although there is one.' })),
});
export type CreateOfficeRequest = Static<typeof CreateOfficeRequest>;

const Component = Type.Object({ ready: Type.Boolean(), message: Type.Optional(Type.String()) });

export const ClusterStatus = Type.Object({
  phase: stringEnum(['ready', 'degraded', 'failed', 'provisioning'], 'Whether the office can work.'),
  operator: Component,
  ingress: Component,
  message: Type.Optional(Type.String()),
  host: Type.String({ description: 'Where agents run: local, or a server.' }),
  agents: Type.Object({ total: Type.Integer(), active: Type.Integer() }),
  runs: Type.Object({ waiting: Type.Integer(), running: Type.Integer() }),
});
export type ClusterStatus = Static<typeof ClusterStatus>;

/** How lists are paged: the next page's cursor comes in the header `X-Next-Cursor`. */
export const PageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Rows a page; 100 when left out.' })),
  cursor: Type.Optional(Type.String({ maxLength: 2000, description: 'From X-Next-Cursor.' })),
});
export type PageQuery = Static<typeof PageQuery>;
