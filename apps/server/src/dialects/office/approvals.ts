import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { agentNames } from '../../domain/agents/index.ts';
import { type Approval, decideApproval, listApprovals } from '../../domain/approvals/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 50;

async function presentApprovals(context: Context, approvals: readonly Approval[]): Promise<office.Approval[]> {
  const names = await agentNames(
    context,
    approvals.map((approval) => approval.agent_id),
  );
  return approvals.map((approval) => ({
    id: approval.id,
    agent: names.get(approval.agent_id) ?? approval.agent_id,
    run_id: approval.run_id,
    tool: approval.tool,
    risk: approval.risk,
    arguments: approval.arguments,
    state: approval.state,
    asked_at: formatInstant(approval.asked_at),
    expires_at: formatInstant(approval.expires_at),
    decided_at: approval.decided_at === null ? null : formatInstant(approval.decided_at),
    decided_by: approval.decided_by,
    note: approval.note,
  }));
}

/** What agents ask a person for. Ours: the seeds have no route for it. */
export function approvalRoutes(door: Door): void {
  const tag = 'Approvals';
  const base = '/api/v1/offices/:officeId/approvals';
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'approvals.list',
      tag,
      summary: 'What agents of an office asked for, newest first',
      params: office.OfficeParams,
      query: office.ApprovalListQuery,
      answers: { 200: Type.Array(office.Approval) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const approvals = await listApprovals(context, params.officeId, { state: query.state }, page);
      return presentApprovals(context, itemsWithCursor(reply, approvals));
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/:approvalId/decision`,
      id: 'approvals.decide',
      tag,
      summary: 'Allow a call or refuse it',
      description: 'For people only: no agent’s credential decides. The waiting run goes on at once.',
      params: office.ApprovalParams,
      body: office.ApprovalDecision,
      answers: { 200: office.Approval },
      fails: [404, 409],
    },
    async ({ context, params, body }) => {
      const decided = await decideApproval(context, params.officeId, params.approvalId, body);
      const [presented] = await presentApprovals(context, [decided]);
      if (presented === undefined) throw new Error('one approval presents as one');
      return presented;
    },
  );
}
