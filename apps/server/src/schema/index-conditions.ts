import { sql } from 'kysely';

/**
 * Conditions of partial indexes, in the very words of the index: SQLite takes such an index only where it finds its words, not where
 * parameters say the same.
 */

/** A run that has not ended. */
export const isOpenRun = sql<boolean>`runs.status in ('queued', 'running')`;

/** A run that waits for a person: for money, or for a model that answers. */
export const isRunForPeople = sql<boolean>`runs.status = 'queued' and runs.waiting_reason in ('budget_exhausted', 'model_unavailable')`;

/** A task that is stuck, or whose result waits to be accepted. */
export const isTaskForPeople = sql<boolean>`tasks.state in ('blocked', 'review')`;

/** A task that is no longer in the queue, or has never been. */
export const isOutOfQueue = sql<boolean>`tasks.state <> 'queued'`;

/** A package of an agent's state that is still to be sent or written. */
export const isOpenClone = sql<boolean>`clone_transfers.state in ('waiting', 'ready', 'working')`;

/** A file that some agents are kept from. */
export const isRestrictedFile = sql<boolean>`drive_files.is_restricted`;
