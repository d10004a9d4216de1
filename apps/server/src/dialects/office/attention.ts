import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { agentNames } from '../../domain/agents/index.ts';
import { listAttention } from '../../domain/attention/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 50;

/** One list of what needs a person. Ours: the seeds scatter it over their pages. */
export function attentionRoutes(door: Door): void {
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/attention',
      id: 'attention.list',
      tag: 'Approvals',
      summary: 'What needs a person, newest first: approvals, blocked tasks, results to accept, runs without money',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.AttentionItem) },
      fails: [404],
    },
    async ({ context, params, query, reply }): Promise<office.AttentionItem[]> => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const items = itemsWithCursor(reply, await listAttention(context, params.officeId, page));
      const ids = items.flatMap(({ agentId }) => (agentId === null ? [] : [agentId]));
      const names = await agentNames(context, ids);
      return items.map(({ kind, id, agentId, title, reason, at }) => ({
        kind,
        id,
        agent: agentId === null ? null : (names.get(agentId) ?? null),
        title,
        reason,
        at: formatInstant(at),
      }));
    },
  );
}
