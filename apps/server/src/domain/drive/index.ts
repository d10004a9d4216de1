export { type FileChange, type FileChanges, fileChanges } from './changes.ts';
export {
  bytesOf,
  checkExpected,
  deleteFile,
  fileName,
  isSearchable,
  type PutFileInput,
  putFile,
  readFileText,
  SEARCHABLE_BYTES_MAX,
  sweepBlobs,
} from './drive.ts';
export { type DriveFile, findFile, listFiles, loadFile } from './drive-store.ts';
