export { type CalendarOptions, calDavSource, icsSource } from './calendar-source.ts';
export { type GitHubOptions, gitHubSource } from './github-source.ts';
export { type ImapOptions, imapSource } from './imap-source.ts';
export { type Source, type SourceBatch, SourceUnavailable } from './source-batch.ts';
