import { decodeCursor, errors, type JsonObject, newId, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { ReceiptRow } from '../../schema/index.ts';
import { type Context, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

/**
 *   pending ──▶ completed | failed | superseded
 *
 * What somebody who asked for something asynchronous holds in hand (seed: osmoda-spawn-skill, request receipts).
 */
export type Receipt = Selectable<ReceiptRow>;

export interface OpenReceiptInput {
  organizationId: string;
  officeId: string;
  /** The agent (or server) that the request is about. */
  subjectId: string;
  action: string;
  expectedSeconds: number;
  runId?: string | undefined;
  /** A newer request of the same action and subject makes the older one pointless: it ends as superseded. */
  supersedes?: boolean;
}

export async function openReceipt(tx: Context, input: OpenReceiptInput): Promise<Receipt> {
  const id = `req_${input.action}_${newId().replaceAll('-', '')}`;
  if (input.supersedes === true) await supersede(tx, input, id);
  const receipt = await tx.db
    .insertInto('receipts')
    .values({
      id,
      organization_id: input.organizationId,
      office_id: input.officeId,
      subject_id: input.subjectId,
      action: input.action,
      status: 'pending',
      run_id: input.runId ?? null,
      accepted_at: tx.house.clock.now(),
      completed_at: null,
      expected_seconds: input.expectedSeconds,
      progress: null,
      result: null,
      failure: null,
      superseded_by: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  tell(tx, receipt, 'request.accepted', { expected_completion_within_seconds: input.expectedSeconds });
  return receipt;
}

async function supersede(tx: Context, input: OpenReceiptInput, by: string): Promise<void> {
  const older = await tx.db
    .updateTable('receipts')
    .set({ status: 'superseded', superseded_by: by, completed_at: tx.house.clock.now() })
    .where('subject_id', '=', input.subjectId)
    .where('action', '=', input.action)
    .where('status', '=', 'pending')
    .returningAll()
    .execute();
  for (const receipt of older) tell(tx, receipt, 'request.superseded', { superseded_by: by });
}

/** Ends a receipt with its result; one that has ended already stays as it is. */
export async function completeReceipt(
  tx: Context,
  receiptId: string,
  result: JsonObject,
): Promise<Receipt | undefined> {
  const receipt = await end(tx, 'id', receiptId, { status: 'completed', result });
  if (receipt !== undefined) tell(tx, receipt, 'request.completed', { result });
  return receipt;
}

export async function completeReceiptOfRun(tx: Context, runId: string, result: JsonObject): Promise<void> {
  const receipt = await end(tx, 'run_id', runId, { status: 'completed', result });
  if (receipt !== undefined) tell(tx, receipt, 'request.completed', { result });
}

export async function failReceiptOfRun(tx: Context, runId: string, failure: JsonObject): Promise<void> {
  const receipt = await end(tx, 'run_id', runId, { status: 'failed', failure });
  if (receipt !== undefined) tell(tx, receipt, 'request.failed', { failure });
}

async function end(
  tx: Context,
  column: 'id' | 'run_id',
  value: string,
  change: { status: string; result?: JsonObject; failure?: JsonObject },
) {
  return tx.db
    .updateTable('receipts')
    .set({ ...change, completed_at: tx.house.clock.now() })
    .where(column, '=', value)
    .where('status', '=', 'pending')
    .returningAll()
    .executeTakeFirst();
}

export async function loadReceipt(context: Context, officeId: string, receiptId: string): Promise<Receipt> {
  await loadOffice(context, officeId, 'events:read');
  const receipt = await context.db
    .selectFrom('receipts')
    .selectAll()
    .where('id', '=', receiptId)
    .where('office_id', '=', officeId)
    .executeTakeFirst();
  if (receipt === undefined) throw errors.notFound('request', receiptId);
  return receipt;
}

/** Newest first. */
export async function listReceipts(
  context: Context,
  officeId: string,
  page: PageRequest & { action?: string },
): Promise<Page<Receipt>> {
  await loadOffice(context, officeId, 'events:read');
  let query = context.db
    .selectFrom('receipts')
    .selectAll()
    .where('office_id', '=', officeId)
    .orderBy('accepted_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (page.action !== undefined) query = query.where('action', '=', page.action);
  if (page.cursor !== undefined) {
    const [acceptedAt, id] = decodeCursor(page.cursor, 'number', 'string');
    query = query.where(({ eb, and, or }) =>
      or([eb('accepted_at', '<', acceptedAt), and([eb('accepted_at', '=', acceptedAt), eb('id', '<', id)])]),
    );
  }
  return pageOf(await query.execute(), page.limit, (receipt) => [receipt.accepted_at, receipt.id]);
}

function tell(tx: Context, receipt: Receipt, type: string, more: JsonObject): void {
  record(tx, {
    organizationId: receipt.organization_id,
    officeId: receipt.office_id,
    agentId: receipt.subject_id,
    type,
    subjectId: receipt.id,
    data: { request_id: receipt.id, action: receipt.action, ...more },
  });
}
