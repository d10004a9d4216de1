export { type FileChange, type FileChanges, fileChanges } from './changes.ts';
export {
  bytesOf,
  deleteFile,
  fileName,
  isSearchable,
  type PutFileInput,
  putFile,
  readFileText,
  SEARCHABLE_BYTES_MAX,
} from './drive.ts';
export { type DriveFile, findFile, listFiles, loadFile } from './drive-store.ts';
