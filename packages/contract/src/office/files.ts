import Type, { type Static } from 'typebox';
import { closed, instant, stringEnum } from '../shapes.ts';

export const FileParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  filename: Type.String({ maxLength: 3_000, description: 'URL-encoded; folders with %2F.' }),
});

export const FileInfo = Type.Object({
  name: Type.String(),
  size: Type.Integer({ description: 'Bytes.' }),
  modifiedAt: instant('When this version was written.'),
  version: Type.Integer(),
  sha256: Type.String({ description: 'Also the ETag: send it as If-Match to write only over this version.' }),
  mediaType: Type.String(),
  writtenBy: Type.String(),
});
export type FileInfo = Static<typeof FileInfo>;

export const DownloadQuery = Type.Object({
  version: Type.Optional(Type.Integer({ minimum: 1, description: 'An earlier version; the newest when left out.' })),
});

export const FileVersion = Type.Object({
  version: Type.Integer(),
  size: Type.Integer({ description: 'Bytes.' }),
  sha256: Type.String(),
  writtenBy: Type.String(),
  modifiedAt: instant('When it was written.'),
});
export type FileVersion = Static<typeof FileVersion>;

/** Seed: mitosis-sdk-reference 7.4. */
export const FilePermission = closed({
  agent_name: Type.String({
    minLength: 1,
    maxLength: 300,
    description: 'An agent, or * for every agent without a row of its own.',
  }),
  access: stringEnum(['none', 'read', 'write'], 'write holds read.'),
});
export type FilePermission = Static<typeof FilePermission>;
export const FilePermissions = Type.Array(FilePermission, { maxItems: 200 });

export const ChangesQuery = Type.Object({
  since: Type.Optional(
    Type.String({ maxLength: 40, description: 'serverTime of the last answer; ISO 8601 or milliseconds.' }),
  ),
});

export const FileChangesResponse = Type.Object({
  events: Type.Array(
    Type.Object({
      type: stringEnum(['upload', 'delete'], 'What happened.'),
      name: Type.String(),
      timestamp: Type.Integer({ description: 'Milliseconds UTC.' }),
    }),
  ),
  serverTime: Type.Integer({ description: 'Milliseconds UTC: the next `since`.' }),
  full_refresh: Type.Optional(Type.Boolean({ description: 'Too much happened: list the files instead.' })),
});
export type FileChangesResponse = Static<typeof FileChangesResponse>;
