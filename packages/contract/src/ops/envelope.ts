import Type, { type Static, type TSchema } from 'typebox';

/** Every answer that is not 2xx (spec: orkosi.md 3). */
export const OpsError = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'Stable: VALIDATION_ERROR, NOT_FOUND, …' }),
      message: Type.String(),
      details: Type.Array(Type.Record(Type.String(), Type.Unknown())),
    }),
  },
  { $id: 'OpsError' },
);
export type OpsError = Static<typeof OpsError>;

export const Meta = Type.Object({ total: Type.Integer(), limit: Type.Integer(), offset: Type.Integer() });

/** `{data}` */
export const item = <Schema extends TSchema>(schema: Schema) => Type.Object({ data: schema });
/** `{data: [], meta: {total, limit, offset}}` */
export const list = <Schema extends TSchema>(schema: Schema) => Type.Object({ data: Type.Array(schema), meta: Meta });
/** `{data, meta}` of an action. */
export const success = <Schema extends TSchema>(schema: Schema) =>
  Type.Object({ data: schema, meta: Type.Record(Type.String(), Type.Unknown()) });

export const ListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: '50 when left out.' })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
});
