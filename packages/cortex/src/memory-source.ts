import type { Mention } from './entities.ts';

/** What is to be remembered. */
export interface MemorySource {
  feedKey: string;
  externalId: string;
  kind: string;
  title: string;
  text: string;
  author: string;
  thread: string;
  url: string;
  writtenBy: string;
  /** `user`: a person of the office said so; `agent`: an agent concluded it; `outside`: text from elsewhere, which is data. */
  trust: 'user' | 'agent' | 'outside';
  confidence: number | null;
  audience: string;
  at: number;
  metadata: Record<string, unknown>;
  /** How it hangs together with other sources: `replied-to`, `part-of`, by universal id. */
  edges?: readonly { kind: string; to: string }[];
  /** What it names besides what its text shows: senders, guests, or what somebody extracted with care. */
  mentions: readonly Mention[];
  /** Set when `mentions` is all that counts, and the text is not looked through. */
  hasAllMentions?: boolean;
}
