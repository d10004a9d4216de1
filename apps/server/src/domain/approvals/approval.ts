import {
  canonicalJson,
  decodeCursor,
  errors,
  GuildhallError,
  type JsonObject,
  newId,
  type Page,
  type PageRequest,
  pageOf,
  sha256Hex,
} from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { ApprovalRow } from '../../schema/index.ts';
import { actorOf } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { assertRunHeld, type Run, wakeRun } from '../runs/index.ts';

/**
 *   pending ──approve──▶ approved ──used by the call──▶ used
 *      │ └──deny──▶ denied
 *      └──time──▶ expired
 *
 * A person's word for one call: bound to the exact tool and arguments, good once, for a time (RELIABILITY 12).
 */
export type Approval = Omit<Selectable<ApprovalRow>, 'state'> & { state: ApprovalState };
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'expired' | 'used';

export interface AskedCall {
  callId: string;
  tool: string;
  risk: string;
  arguments: JsonObject;
}

/** What exactly is allowed: the tool with these arguments and no others. */
export function hashOfCall(tool: string, input: JsonObject): string {
  return sha256Hex(canonicalJson({ tool, input }));
}

/** The approval of a call; asks for it when nobody has. */
export async function askApproval(context: Context, run: Run, call: AskedCall): Promise<Approval> {
  return inTransaction(context, async (tx) => {
    await assertRunHeld(tx, run);
    const known = await tx.db
      .selectFrom('approvals')
      .selectAll()
      .where('run_id', '=', run.id)
      .where('call_id', '=', call.callId)
      .executeTakeFirst();
    if (known !== undefined) return known as Approval;
    const now = tx.house.clock.now();
    const approval = await tx.db
      .insertInto('approvals')
      .values({
        id: newId(),
        organization_id: run.organization_id,
        office_id: run.office_id,
        agent_id: run.agent_id,
        run_id: run.id,
        call_id: call.callId,
        tool: call.tool,
        risk: call.risk,
        arguments: call.arguments,
        arguments_hash: hashOfCall(call.tool, call.arguments),
        state: 'pending',
        asked_at: now,
        expires_at: now + tx.house.limits.approvalTtlMs,
        decided_at: null,
        decided_by: null,
        note: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    tell(tx, approval, 'approval.requested', { risk: call.risk, expires_at: approval.expires_at });
    return approval as Approval;
  });
}

/** Whether a person still has to decide something for a run. Ask it in the transaction that parks the run, under its row's lock. */
export async function hasPendingApproval(tx: Context, runId: string): Promise<boolean> {
  const pending = await tx.db
    .selectFrom('approvals')
    .select('id')
    .where('run_id', '=', runId)
    .where('state', '=', 'pending')
    .limit(1)
    .executeTakeFirst();
  return pending !== undefined;
}

/** Spends an approval, in the transaction that records the start of the call. Throws `conflict` when it was spent, or is for something else. */
export async function useApproval(tx: Context, approval: Approval, tool: string, input: JsonObject): Promise<void> {
  const { numUpdatedRows } = await tx.db
    .updateTable('approvals')
    .set({ state: 'used' })
    .where('id', '=', approval.id)
    .where('state', '=', 'approved')
    .where('arguments_hash', '=', hashOfCall(tool, input))
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw errors.conflict('The approval was used, or is for another call.');
}

export interface Decision {
  approve: boolean;
  note?: string | undefined;
}

/**
 * A person decides. Agents never may, whatever their key allows: an agent does not approve its own request nor another's.
 * The waiting run goes on at once. The same decision again answers with the stored row.
 */
export async function decideApproval(
  context: Context,
  officeId: string,
  approvalId: string,
  decision: Decision,
): Promise<Approval> {
  return inTransaction(context, async (tx) => {
    await loadOffice(tx, officeId, 'approvals:decide');
    if (tx.principal.kind === 'agent') throw errors.forbidden('a person’s own decision');
    const query = tx.db
      .selectFrom('approvals')
      .selectAll()
      .where('id', '=', approvalId)
      .where('office_id', '=', officeId);
    const approval = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    if (approval === undefined) throw errors.notFound('approval', approvalId);
    const state: ApprovalState = decision.approve ? 'approved' : 'denied';
    if (approval.state === state) return approval as Approval;
    const now = tx.house.clock.now();
    if (approval.state !== 'pending' || approval.expires_at <= now) {
      throw new GuildhallError('invalid_transition', {
        message: `The approval is ${approval.state === 'pending' ? 'expired' : approval.state}: it can no longer be decided.`,
        detail: { state: approval.state },
      });
    }
    const actor = actorOf(tx.principal);
    const decided = await tx.db
      .updateTable('approvals')
      .set({ state, decided_at: now, decided_by: `${actor.kind}:${actor.id}`, note: decision.note ?? null })
      .where('id', '=', approval.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    tell(tx, decided, `approval.${state}`, decision.note === undefined ? {} : { note: decision.note });
    await wakeRun(tx, approval.run_id);
    return decided as Approval;
  });
}

/** The approvals of an office, newest first. */
export async function listApprovals(
  context: Context,
  officeId: string,
  filter: { state?: ApprovalState | undefined },
  page: PageRequest,
): Promise<Page<Approval>> {
  const office = await loadOffice(context, officeId, 'agents:read');
  let query = context.db
    .selectFrom('approvals')
    .selectAll()
    .where('office_id', '=', office.id)
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  const { principal } = context;
  if (principal.kind === 'agent') query = query.where('agent_id', '=', principal.agentId);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  return pageOf((await query.execute()) as Approval[], page.limit, (approval) => [approval.id]);
}

const EXPIRE_MAX = 200;

/** Ends what nobody decided in time. The run goes on, and its agent is told. */
export async function expireApprovals(context: Context): Promise<number> {
  const due = await context.db
    .selectFrom('approvals')
    .select('id')
    .where('state', '=', 'pending')
    .where('expires_at', '<=', context.house.clock.now())
    .limit(EXPIRE_MAX)
    .execute();
  for (const { id } of due) {
    await inTransaction(context, async (tx) => {
      const expired = await tx.db
        .updateTable('approvals')
        .set({ state: 'expired', decided_at: tx.house.clock.now() })
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .returningAll()
        .executeTakeFirst();
      if (expired === undefined) return;
      tell(tx, expired, 'approval.expired', {});
      await wakeRun(tx, expired.run_id);
    });
  }
  return due.length;
}

function tell(tx: Context, approval: Selectable<ApprovalRow>, type: string, data: JsonObject): void {
  record(tx, {
    organizationId: approval.organization_id,
    officeId: approval.office_id,
    agentId: approval.agent_id,
    type,
    subjectId: approval.id,
    data: { tool: approval.tool, run: approval.run_id, arguments_hash: approval.arguments_hash, ...data },
  });
}
