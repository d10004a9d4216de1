import type { DocumentRecord } from '@guildhall/documents';

/** Some things that were read, and the cursor from which the next reading goes on. */
export interface SourceBatch {
  records: DocumentRecord[];
  cursor: string;
  /** Of how many, as far as that is known. */
  done: number;
  whole: number;
}

/** Reads on from a cursor; the empty one begins. What it yields may be kept before the next is asked for. */
export type Source = (cursor: string) => AsyncIterable<SourceBatch>;

/** What keeps a source from being read, and what to do about it. Never holds a secret. */
export class SourceUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceUnavailable';
  }
}
