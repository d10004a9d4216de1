export { decodeText } from './decode-text.ts';
export {
  type DocumentRecord,
  type Participant,
  record as documentRecord,
  UnreadableDocument,
} from './document-record.ts';
export { formatOf, readDocument } from './read-document.ts';
export { readMail, readMailbox } from './read-mail.ts';
export { type ReadLimits, readSafely } from './read-safely.ts';
