import Type, { type Static } from 'typebox';
import { closed, instant, stringEnum } from '../shapes.ts';

export const OfficeParams = Type.Object({
  officeId: Type.String({ maxLength: 200, description: 'Id of an office, as the list of offices has it.' }),
});

export const Office = Type.Object({
  id: Type.String({ description: 'The `officeId` in addresses.' }),
  name: Type.String({ description: '1 to 100 characters; several offices may be called the same.' }),
  owner_id: Type.String({ description: 'Id of the user whose office it is.' }),
  created_at: instant('When it was opened.'),
  status: stringEnum(['provisioning', 'active', 'suspended', 'archived'], 'Whether work starts here.'),
  settings: Type.Record(Type.String(), Type.Unknown(), {
    description: 'As they were set with PATCH …/settings, under the house’s own names; see there.',
  }),
  existing: Type.Optional(
    Type.Boolean({ description: 'Set by create: you had one already, and the name was ignored.' }),
  ),
  closed_at: Type.Optional(instant('When it was closed; absent while it is open.')),
  erased_at: Type.Optional(instant('When it is erased for good, unless it is restored before.')),
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
  name: Type.String({
    maxLength: 400,
    description: '1 to 100 characters; ignored when you have an office already and force no other.',
  }),
  owner_id: Type.Optional(Type.String({ maxLength: 200, description: 'You, by id or mail address.' })),
  forceCreate: Type.Optional(Type.Boolean({ description: 'Open another office although there is one.' })),
});
export type CreateOfficeRequest = Static<typeof CreateOfficeRequest>;

const Component = (description: string) =>
  Type.Object(
    {
      ready: Type.Boolean({ description: 'Whether `phase` is `ready`.' }),
      message: Type.Optional(
        Type.String({ description: 'Not sent: there is nothing to say of it beside the `message` of the whole.' }),
      ),
    },
    { description },
  );

export const ClusterStatus = Type.Object({
  phase: stringEnum(['ready', 'degraded', 'failed', 'provisioning'], 'Whether the office can work.'),
  operator: Component('Kept for clients of a cluster; there is none here.'),
  ingress: Component('As `operator`.'),
  message: Type.Optional(
    Type.String({
      description: 'Why no run starts, with the note of whoever stopped the office; left out while it is active.',
    }),
  ),
  host: Type.String({ description: 'Where agents run: local, or a server.' }),
  agents: Type.Object(
    {
      total: Type.Integer({ description: 'Stopped and archived ones among them.' }),
      active: Type.Integer({ description: 'Of these, those whose runs may start.' }),
    },
    { description: 'Those that were not fired.' },
  ),
  runs: Type.Object(
    {
      waiting: Type.Integer({ description: 'Queued, whatever they wait for.' }),
      running: Type.Integer({ description: 'Taken up by a worker.' }),
    },
    { description: 'Of all agents of the office, now.' },
  ),
});
export type ClusterStatus = Static<typeof ClusterStatus>;

/** How lists are paged: the next page's cursor comes in the header `X-Next-Cursor`. */
export const PageQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 500,
      description: 'Rows a page; when left out 50 to 500, as the list has it.',
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 2000, description: 'From X-Next-Cursor.' })),
});
export type PageQuery = Static<typeof PageQuery>;

export const OfficesQuery = Type.Object({
  ...PageQuery.properties,
  closed: Type.Optional(
    Type.Boolean({ description: 'Those that were closed and can be restored, instead of those that are open.' }),
  ),
});
export type OfficesQuery = Static<typeof OfficesQuery>;
