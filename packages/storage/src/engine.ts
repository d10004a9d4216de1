import type { Kysely } from 'kysely';

export type EngineKind = 'sqlite' | 'postgres';

/** What differs between the two databases, behind small named functions. Everything else is one Kysely. */
export interface Engine<Tables> {
  readonly kind: EngineKind;
  readonly db: Kysely<Tables>;
  /** Sends a wake-up to every other process on this database once the transaction commits. No-op on SQLite. */
  notify(db: Kysely<Tables>, payload: string): Promise<void>;
  /** Calls back for every wake-up of another process (and of this one). Never called on SQLite. */
  listen(onPayload: (payload: string) => void): Promise<void>;
  /** Whether the database answers now. */
  answers(): Promise<boolean>;
  /** Runs `work` while no other process runs work under the same name. */
  withLock<T>(name: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
