import Type, { type Static, type TObject, type TProperties, type TSchema, type TUnsafe } from 'typebox';

/** An ISO 8601 time with `Z`. */
export const instant = (description: string) => Type.String({ format: 'date-time', description });

/** One of a few words, as JSON Schema's `enum` (OpenAPI readers show it better than `anyOf`). */
export function stringEnum<const Words extends readonly string[]>(
  words: Words,
  description: string,
): TUnsafe<Words[number]> {
  return Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], description });
}

/** The value or null. */
export function nullable<Schema extends TSchema>(schema: Schema): TUnsafe<Static<Schema> | null> {
  return Type.Unsafe<Static<Schema> | null>({ ...schema, nullable: true });
}

/** A request body: what is not named in it is an error of the caller, so it is said. */
export function closed<Properties extends TProperties>(
  properties: Properties,
  description?: string,
): TObject<Properties> {
  return Type.Object(properties, {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  });
}

/** An object that may carry more than is named. */
export function open<Properties extends TProperties>(
  properties: Properties,
  description?: string,
): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: true, ...(description === undefined ? {} : { description }) });
}
