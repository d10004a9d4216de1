import type { Context } from '../context/index.ts';
import { undeliveredAmong } from './channel-delivery.ts';
import type { Message } from './conversation-store.ts';
import { marksOf } from './read-marks.ts';

/** `sent`: kept; `delivered`: somebody else has it; `read`: somebody else read it; `failed`: who was to answer could not. */
export type DeliveryState = 'sent' | 'delivered' | 'read' | 'failed';

export interface Delivery {
  state: DeliveryState;
  /** Who else read it: agents whose answer is done, and whoever set a mark. */
  readBy: string[];
}

/** How far messages of one conversation have come, from read marks and from the runs that they woke. Two queries for all of them. */
export async function deliveriesOf(
  context: Context,
  conversationId: string,
  messages: readonly Message[],
): Promise<(messageId: string) => Delivery> {
  if (messages.length === 0) return () => ({ state: 'sent', readBy: [] });
  const marks = await marksOf(context, conversationId);
  const runs = await context.db
    .selectFrom('runs')
    .innerJoin('agents', 'agents.id', 'runs.agent_id')
    .select(['runs.cause_id', 'runs.status', 'agents.name'])
    .where('cause_kind', '=', 'message')
    .where(
      'cause_id',
      'in',
      messages.map(({ id }) => id),
    )
    .execute();
  const lost = await undeliveredAmong(context, conversationId, messages);
  const deliveries = new Map(
    messages.map(({ id, sender }) => {
      const others = marks.filter(({ participant }) => participant !== sender);
      const woken = runs.filter(({ cause_id }) => cause_id === id);
      const readBy = [
        ...others.filter(({ read_id }) => read_id >= id).map(({ participant }) => participant),
        ...woken.filter(({ status }) => status === 'succeeded').map(({ name }) => name),
      ];
      const isDelivered =
        others.some(({ delivered_id }) => delivered_id >= id) || woken.some(({ status }) => status === 'running');
      const isFailed =
        lost.has(id) || (woken.length > 0 && woken.every(({ status }) => ['failed', 'cancelled'].includes(status)));
      const state = readBy.length > 0 ? 'read' : isDelivered ? 'delivered' : isFailed ? 'failed' : 'sent';
      return [id, { state, readBy: [...new Set(readBy)].sort() } satisfies Delivery] as const;
    }),
  );
  return (id) => deliveries.get(id) ?? { state: 'sent', readBy: [] };
}
