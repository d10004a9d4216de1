import Type, { type Static } from 'typebox';
import { closed, instant, stringEnum } from '../shapes.ts';
import { OfficeParams, PageQuery } from './offices.ts';

export const FileParams = Type.Object({
  ...OfficeParams.properties,
  filename: Type.String({ maxLength: 3_000, description: 'URL-encoded; folders with %2F.' }),
});

export const FileInfo = Type.Object({
  name: Type.String({ description: 'With its folders: `reports/march.md`. Unique on the drive.' }),
  size: Type.Integer({ description: 'Bytes.' }),
  modifiedAt: instant('When this version was written.'),
  version: Type.Integer({ description: 'From 1; each write of other content adds one.' }),
  sha256: Type.String({ description: 'Also the ETag: send it as If-Match to write only over this version.' }),
  mediaType: Type.String({ description: 'By the ending of its name.' }),
  writtenBy: Type.String({
    description: 'An agent’s name, a person’s mail address, or the kind of credential that wrote this version.',
  }),
});
export type FileInfo = Static<typeof FileInfo>;

export const FilesQuery = Type.Object({
  ...PageQuery.properties,
  folder: Type.Optional(
    Type.String({ maxLength: 3_000, description: 'Only what lies in this folder itself; empty for the top.' }),
  ),
});

export const FolderParams = Type.Object({
  ...OfficeParams.properties,
  folder: Type.String({ maxLength: 3_000, description: 'URL-encoded; folders in it with %2F.' }),
});
export const FoldersQuery = Type.Object({
  ...PageQuery.properties,
  parent: Type.Optional(Type.String({ maxLength: 3_000, description: 'The top when left out.' })),
});
export const FolderDeleteQuery = Type.Object({
  recursive: Type.Optional(Type.Boolean({ description: 'With all that is in it, which goes to the trash.' })),
});

export const Folder = Type.Object({
  path: Type.String({ description: 'From the top: `reports/2026`.' }),
  name: Type.String({ description: 'Its last part.' }),
});
export type Folder = Static<typeof Folder>;
export const FolderRequest = closed({
  path: Type.String({
    minLength: 1,
    maxLength: 3_000,
    description: 'From the top, with the folders above it: `reports/2026`.',
  }),
});
export type FolderRequest = Static<typeof FolderRequest>;
export const MoveRequest = closed({
  to: Type.String({ minLength: 1, maxLength: 3_000, description: 'The new name.' }),
});
export type MoveRequest = Static<typeof MoveRequest>;

export const DriveUsage = Type.Object({
  stored_bytes: Type.Integer({ description: 'All versions of all files, those in the trash among them.' }),
  limit_bytes: Type.Integer({ description: 'What the drive may hold; the operator sets it for all offices.' }),
  file_limit_bytes: Type.Integer({ description: 'Of one file.' }),
});
export type DriveUsage = Static<typeof DriveUsage>;

export const DownloadQuery = Type.Object({
  version: Type.Optional(Type.Integer({ minimum: 1, description: 'An earlier version; the newest when left out.' })),
});

export const FileVersion = Type.Object({
  version: Type.Integer({ description: 'From 1; each write of other content adds one.' }),
  size: Type.Integer({ description: 'Bytes.' }),
  sha256: Type.String({ description: 'Of its bytes, as hex.' }),
  writtenBy: Type.String({
    description: 'An agent’s name, a person’s mail address, or the kind of credential that wrote it.',
  }),
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
      name: Type.String({ description: 'The file, with its folders.' }),
      timestamp: Type.Integer({ description: 'Milliseconds UTC.' }),
    }),
    { description: 'Oldest first; a move is a delete and an upload.' },
  ),
  serverTime: Type.Integer({ description: 'Milliseconds UTC: the next `since`.' }),
  full_refresh: Type.Optional(
    Type.Boolean({
      description:
        'List the files instead: too much happened, what you may read has changed, or `since` is no time that we gave.',
    }),
  ),
});
export type FileChangesResponse = Static<typeof FileChangesResponse>;
