import Type, { type Static } from 'typebox';

/** Every answer that is not 2xx (seed: mitosis-sdk-reference 10: the client reads `message`, `error` or `code`). */
export const OfficeError = Type.Object(
  {
    error: Type.String({ description: 'What happened, for people.' }),
    message: Type.String({ description: 'The same, for clients that read this name.' }),
    code: Type.String({ description: 'Stable and machine-readable.' }),
    mend: Type.String({ description: 'What to do about it.' }),
    detail: Type.Record(Type.String(), Type.Unknown(), { description: 'The field, the limit, what is missing.' }),
    request_id: Type.String({ description: 'Names this request in the log of the server.' }),
  },
  { $id: 'OfficeError' },
);
export type OfficeError = Static<typeof OfficeError>;
