import { expireApprovals } from '../domain/approvals/index.ts';
import { pruneCallbacks } from '../domain/callbacks/index.ts';
import { expireTransfers } from '../domain/clones/index.ts';
import type { Context } from '../domain/context/index.ts';
import { pruneReceipts } from '../domain/conversations/index.ts';
import { expireReservations } from '../domain/credits/index.ts';
import { purgeTrash, sweepBlobs } from '../domain/drive/index.ts';
import { eraseClosedOffices } from '../domain/erasure/index.ts';
import { pruneEvents } from '../domain/events/index.ts';
import { embedMissing, enrichMissing, keepMemoryFresh } from '../domain/memory/index.ts';
import { cancelOrphanedRuns, pruneRuns } from '../domain/runs/index.ts';
import { fireSchedules } from '../domain/schedules/index.ts';
import { expireTaskLeases, indexTaskWords, returnOrphanedTasks } from '../domain/tasks/index.ts';
import { installClones } from './install-clone.ts';

const PRUNE_EVERY_MS = 60_000;
const lastPrunedAt = new WeakMap<Context['house'], number>();

const EVERY_TICK: ((context: Context) => Promise<unknown>)[] = [
  cancelOrphanedRuns,
  expireTaskLeases,
  returnOrphanedTasks,
  expireReservations,
  expireApprovals,
  fireSchedules,
  (context) => indexTaskWords(context),
];

export interface HouseKeeper {
  /** Whether the house closes: no further part is begun then. */
  isStopped(): boolean;
  onFault(error: unknown): void;
}

/** What has to be tidied as time passes. Every part is bounded and may run in several processes at once. */
export async function keepHouse(context: Context, keeper: HouseKeeper): Promise<void> {
  // What waits for a model or for many files is not waited for at the end: its lease runs out, and another takes it up.
  const onFault = (error: unknown) => {
    if (!keeper.isStopped()) keeper.onFault(error);
  };
  for (const part of EVERY_TICK) {
    if (keeper.isStopped()) return;
    // What stands in the way of one part must not stop the others.
    await part(context).catch(onFault);
  }
  if (keeper.isStopped()) return;
  void embedMissing(context).catch(onFault);
  void enrichMissing(context).catch(onFault);
  void installClones(context).catch(onFault);
  const { house } = context;
  const now = house.clock.now();
  if (now - (lastPrunedAt.get(house) ?? 0) < PRUNE_EVERY_MS) return;
  lastPrunedAt.set(house, now);
  await pruneEvents(context, now - house.limits.eventRetentionMs);
  await pruneCallbacks(context, now - house.limits.eventRetentionMs);
  await pruneReceipts(context);
  await pruneRuns(context, now - house.limits.eventRetentionMs);
  await eraseClosedOffices(context).catch(onFault);
  await expireTransfers(context);
  await purgeTrash(context, now - house.limits.trashRetentionMs);
  // Another 256th of the blobs each minute: all of them in a few hours.
  await sweepBlobs(context, (Math.floor(now / PRUNE_EVERY_MS) % 256).toString(16).padStart(2, '0'));
  await keepMemoryFresh(context).catch(onFault);
  await deleteExpired(context, 'signature_uses', now);
  await deleteExpired(context, 'idempotency_keys', now);
}

const EXPIRED_AT_ONCE_MAX = 10_000;

/** The oldest of what has expired, so that a long standstill is not made up for in one statement. */
async function deleteExpired(context: Context, table: 'signature_uses' | 'idempotency_keys', now: number) {
  const next = await context.db
    .selectFrom(table)
    .select('expires_at')
    .where('expires_at', '<', now)
    .orderBy('expires_at')
    .offset(EXPIRED_AT_ONCE_MAX)
    .limit(1)
    .executeTakeFirst();
  await context.db
    .deleteFrom(table)
    .where('expires_at', '<', next?.expires_at ?? now)
    .execute();
}
