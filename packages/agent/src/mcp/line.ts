import type { Transport } from '@modelcontextprotocol/client';

/** A way to a server, and what became of it. */
export interface Line {
  transport: Transport;
  /** Why it is no more, worded for people; undefined while nothing is known. */
  ending(): string | undefined;
  /** Says goodbye where that is usual, and ends it. Ends also what was started for it. */
  close(): Promise<void>;
}
