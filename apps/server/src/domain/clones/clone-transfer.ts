import { errors, GuildhallError, type JsonObject } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import { type CloneTransferRow, isOpenClone } from '../../schema/index.ts';
import { authorize } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { readPackageManifest } from './manifest.ts';

export type CloneTransfer = Selectable<CloneTransferRow>;

/** A package may be so large (spec: mitosis.md 3.6). */
export const BUNDLE_BYTES_MAX = 500_000_000;
/** What comes as base64 in a request. */
export const INLINE_BYTES_MAX = 10_000_000;
/** For so long a clone waits for its package. */
const WAIT_MS = 86_400_000;
/** A worker that says nothing for so long is taken for dead. */
const LEASE_MS = 120_000;
const TRIES_MAX = 3;

/** A transfer, for the agent that cloned itself and for those who have a right on the agents of the office that the clone lives in. */
export async function loadTransfer(
  context: Context,
  transferId: string,
  permission: 'agents:read' | 'agents:write' = 'agents:read',
): Promise<CloneTransfer> {
  const { principal } = context;
  if (principal.kind === 'organization_key') {
    const { organizationId } = principal;
    authorize(principal, permission, { organizationId, what: 'organization', id: organizationId });
  }
  const transfer = await context.db
    .selectFrom('clone_transfers')
    .selectAll()
    .where('id', '=', transferId)
    .executeTakeFirst();
  if (transfer === undefined) throw errors.notFound('transfer', transferId);
  if (principal.kind === 'agent') {
    if (principal.agentId !== transfer.origin_agent_id) throw errors.notFound('transfer', transferId);
    return transfer;
  }
  await loadOffice(context, transfer.office_id, permission).catch((error: unknown) => {
    throw error instanceof GuildhallError && error.code === 'not_found'
      ? errors.notFound('transfer', transferId)
      : error;
  });
  return transfer;
}

/** Checks and keeps the manifest of the package that is to come. Throws `conflict` when a package came already, `validation_failed`. */
export async function announceBundle(
  context: Context,
  transferId: string,
  manifest: JsonObject,
): Promise<CloneTransfer> {
  return inTransaction(context, async (tx) => {
    const transfer = await loadWaiting(tx, transferId);
    readPackageManifest(manifest);
    return update(tx, transfer, { manifest, phase: 'awaiting_bundle', message: 'Send the package to upload_url.' });
  });
}

/** Takes a package that lies in the blob store: from now on it is installed, whether its sender is there or not. */
export async function receiveBundle(
  context: Context,
  transferId: string,
  bundle: { sha256: string; sizeBytes: number },
): Promise<CloneTransfer> {
  return inTransaction(context, async (tx) => {
    const transfer = await loadWaiting(tx, transferId);
    refuseUnannounced(transfer);
    const received = await update(tx, transfer, {
      state: 'ready',
      phase: 'received',
      message: 'The package is here and will be installed.',
      bundle_sha256: bundle.sha256,
      bundle_bytes: bundle.sizeBytes,
    });
    note(tx, received, 'clone.bundle_received', { bytes: bundle.sizeBytes });
    return received;
  });
}

/** Throws what the package would be refused with, before its bytes are read. */
export async function checkWaiting(
  context: Context,
  transferId: string,
  { hasManifest = false } = {},
): Promise<CloneTransfer> {
  const transfer = await loadTransfer(context, transferId, 'agents:write');
  refuseSettled(transfer);
  if (hasManifest) refuseUnannounced(transfer);
  return transfer;
}

async function loadWaiting(tx: Context, transferId: string): Promise<CloneTransfer> {
  const seen = await loadTransfer(tx, transferId, 'agents:write');
  const query = tx.db.selectFrom('clone_transfers').selectAll().where('id', '=', seen.id);
  const transfer = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow();
  refuseSettled(transfer);
  return transfer;
}

function refuseUnannounced(transfer: CloneTransfer): void {
  if (transfer.manifest === null)
    throw errors.conflict('The manifest is missing: send it first.', { transfer_id: transfer.id });
}

function refuseSettled(transfer: CloneTransfer): void {
  if (transfer.state !== 'waiting')
    throw errors.conflict(`The transfer is ${transfer.phase}: it takes no package any more.`, {
      phase: transfer.phase,
    });
}

/** Takes the transfer that has waited longest for somebody to install it, under a lease and a new fence. */
export async function claimTransfer(context: Context): Promise<CloneTransfer | undefined> {
  return inTransaction(context, async (tx) => {
    const now = tx.house.clock.now();
    const due = await tx.db
      .selectFrom('clone_transfers')
      .selectAll()
      .where(isOpenClone)
      .where(({ or, and, eb }) =>
        or([eb('state', '=', 'ready'), and([eb('state', '=', 'working'), eb('lease_expires_at', '<', now)])]),
      )
      .orderBy('created_at')
      .limit(1)
      .executeTakeFirst();
    if (due === undefined) return undefined;
    if (due.fence >= TRIES_MAX) {
      await fail(tx, due, `It was tried ${TRIES_MAX} times and did not end.`);
      return undefined;
    }
    return (await tx.db
      .updateTable('clone_transfers')
      .set({
        state: 'working',
        fence: due.fence + 1,
        lease_expires_at: now + LEASE_MS,
        started_at: due.started_at ?? now,
        updated_at: now,
      })
      .where('id', '=', due.id)
      .where('fence', '=', due.fence)
      .returningAll()
      .executeTakeFirst()) as CloneTransfer | undefined;
  });
}

/** One process owns a SQLite folder: whoever was at these is dead. */
export async function takeBackTransfers(context: Context): Promise<void> {
  await context.db
    .updateTable('clone_transfers')
    .set({ lease_expires_at: 0 })
    .where(isOpenClone)
    .where('state', '=', 'working')
    .execute();
}

/** Tells how far it is, and that somebody is at it still. Throws `stale_fence` when another took it over. */
export async function noteProgress(
  context: Context,
  transfer: CloneTransfer,
  progress: { phase: string; percent: number; message: string },
): Promise<void> {
  const now = context.house.clock.now();
  const { numUpdatedRows } = await context.db
    .updateTable('clone_transfers')
    .set({
      phase: progress.phase,
      progress_percent: Math.round(progress.percent),
      message: progress.message,
      lease_expires_at: now + LEASE_MS,
      updated_at: now,
    })
    .where('id', '=', transfer.id)
    .where('fence', '=', transfer.fence)
    .where('state', '=', 'working')
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw errors.staleFence('clone transfer', transfer.id);
}

/** The clone is there, with what it brought. */
export async function finishTransfer(context: Context, transfer: CloneTransfer, report: JsonObject): Promise<void> {
  await inTransaction(context, async (tx) => {
    const done = await update(tx, transfer, {
      state: 'done',
      phase: 'online',
      progress_percent: 100,
      message: `${transfer.clone_name} is online.`,
      report,
      bundle_sha256: null,
      lease_expires_at: null,
    });
    note(tx, done, 'clone.installed', { overall_status: report.overall_status ?? '' });
  });
}

/** Nothing more comes of it; the clone stays, without what it should have brought. */
export async function failTransfer(context: Context, transfer: CloneTransfer, reason: string): Promise<void> {
  await inTransaction(context, (tx) => fail(tx, transfer, reason));
}

async function fail(tx: Context, transfer: CloneTransfer, reason: string): Promise<void> {
  const failed = await update(tx, transfer, {
    state: 'failed',
    phase: 'failed',
    message: 'The package was not installed.',
    error: reason.slice(0, 1_000),
    bundle_sha256: null,
    lease_expires_at: null,
  });
  note(tx, failed, 'clone.failed', { reason: reason.slice(0, 500) });
}

const EXPIRED_AT_ONCE_MAX = 100;

/** Ends transfers whose package never came. */
export async function expireTransfers(context: Context): Promise<number> {
  const late = await context.db
    .selectFrom('clone_transfers')
    .selectAll()
    .where(isOpenClone)
    .where('state', '=', 'waiting')
    .where('created_at', '<', context.house.clock.now() - WAIT_MS)
    .limit(EXPIRED_AT_ONCE_MAX)
    .execute();
  for (const transfer of late)
    await failTransfer(context, transfer, 'No package came within a day.').catch((error: unknown) => {
      // Another process was faster, or the package came at this very moment.
      if (!(error instanceof GuildhallError) || error.code !== 'stale_fence') throw error;
    });
  return late.length;
}

async function update(tx: Context, transfer: CloneTransfer, change: Partial<CloneTransfer>): Promise<CloneTransfer> {
  const updated = await tx.db
    .updateTable('clone_transfers')
    .set({ ...change, updated_at: tx.house.clock.now() })
    .where('id', '=', transfer.id)
    .where('fence', '=', transfer.fence)
    .where('state', '=', transfer.state)
    .returningAll()
    .executeTakeFirst();
  if (updated === undefined) throw errors.staleFence('clone transfer', transfer.id);
  return updated;
}

export function note(tx: Context, transfer: CloneTransfer, type: string, data: JsonObject): void {
  record(tx, {
    organizationId: transfer.organization_id,
    officeId: transfer.office_id,
    agentId: transfer.clone_agent_id,
    type,
    subjectId: transfer.clone_agent_id,
    data: { transfer: transfer.id, clone: transfer.clone_name, origin: transfer.origin_name, ...data },
  });
}
