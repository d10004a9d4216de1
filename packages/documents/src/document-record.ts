/** A thing to remember that was found in a file: the file itself, a mail in a mailbox, an event in a calendar. */
export interface DocumentRecord {
  /** Names it within the file; the same again for the same thing, so that reading a file twice adds nothing. */
  key: string;
  kind: string;
  title: string;
  text: string;
  /** As it is shown: `Runa Berg <runa@north.example>`. */
  author: string;
  /** The conversation that it is a turn of; empty when it stands alone. */
  thread: string;
  url: string;
  /** Milliseconds; undefined when the file does not say. */
  at: number | undefined;
  participants: Participant[];
  metadata: Record<string, unknown>;
}

export interface Participant {
  address?: string;
  name?: string;
  role: 'sent-by' | 'sent-to' | 'attended' | 'mentions';
}

export function record(given: Partial<DocumentRecord> & Pick<DocumentRecord, 'key' | 'text'>): DocumentRecord {
  return {
    kind: 'file',
    title: '',
    author: '',
    thread: '',
    url: '',
    at: undefined,
    participants: [],
    metadata: {},
    ...given,
  };
}

/** What keeps a file from being read, in words for whoever sent it. */
export class UnreadableDocument extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'UnreadableDocument';
  }
}
