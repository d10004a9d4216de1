export { type FileChange, type FileChanges, fileChanges } from './changes.ts';
export {
  bytesOf,
  checkExpected,
  deleteFile,
  fileName,
  isSearchable,
  type PreparedFile,
  type PutFileInput,
  prepareFile,
  putFile,
  putPreparedFile,
  readFileText,
  SEARCHABLE_BYTES_MAX,
  sweepBlobs,
} from './drive.ts';
export { type DriveFile, findFile, listFiles, loadFile } from './drive-store.ts';
export {
  accessOf,
  EVERY_AGENT,
  type FileAccess,
  fileAccesses,
  hasRestrictedFiles,
  maySeeFile,
  readerOf,
} from './file-access.ts';
export { deleteFolder, type Folder, listFolders, makeFolder } from './folders.ts';
export { moveFile } from './move.ts';
export { type FilePermission, readPermissions, setPermissions } from './permissions.ts';
export { purgeFile, purgeTrash } from './purge.ts';
export { refuseWhatDoesNotFit, storedBytes } from './usage.ts';
export { type FileVersion, listTrash, listVersions, loadVersion, restoreFile } from './versions.ts';
