import { clipText, decodeCursor, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { housePause } from '../runs/index.ts';

const TITLE_CHARS_MAX = 300;

/**
 * Why somebody is waited for:
 * `approval`  an agent asks whether it may do something;
 * `blocked`   a task cannot go on;
 * `review`    a result waits to be accepted, and no agent is to do it;
 * `budget`    a run waits for money;
 * `model`     a run waits for a model that does not answer;
 * `paused`    somebody has stopped the office or the house.
 */
export type AttentionKind = 'approval' | 'blocked' | 'review' | 'budget' | 'model' | 'paused';

export interface AttentionItem {
  kind: AttentionKind;
  /** Of the approval, the task or the run. */
  id: string;
  agentId: string | null;
  /** One line for people: what is wanted. */
  title: string;
  /** Why, or what to do. */
  reason: string;
  /** Since when it waits. */
  at: number;
}

/** Everything in an office that a person has to decide, newest first (DESIGN: "what needs a human"). */
export async function listAttention(
  context: Context,
  officeId: string,
  page: PageRequest,
): Promise<Page<AttentionItem>> {
  const office = await loadOffice(context, officeId, 'agents:read');
  const before = page.cursor === undefined ? undefined : decodeCursor(page.cursor, 2);
  const at = { officeId: office.id, limit: page.limit + 1, beforeAt: Number(before?.[0] ?? Number.MAX_SAFE_INTEGER) };
  const found = await Promise.all([
    approvals(context, at),
    tasks(context, at),
    waitingRuns(context, at),
    standstills(context, office),
  ]);
  const isAfterCursor = (item: AttentionItem) =>
    before === undefined || item.at < at.beforeAt || item.id < String(before[1]);
  const items = found
    .flat()
    .filter(isAfterCursor)
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, page.limit + 1);
  return pageOf(items, page.limit, (item) => [item.at, item.id]);
}

async function standstills(context: Context, office: Office): Promise<AttentionItem[]> {
  const pause = await housePause(context);
  const shared = { kind: 'paused', id: office.id, agentId: null } as const;
  const items: AttentionItem[] = [];
  if (pause !== undefined)
    items.push({ ...shared, title: 'All work in this installation is paused.', reason: pause.note, at: pause.since });
  if (office.status !== 'active') {
    const reason = office.suspension_note;
    items.push({ ...shared, title: 'The office is suspended.', reason, at: office.updated_at });
  }
  return items;
}

interface Look {
  officeId: string;
  limit: number;
  /** What waits since this moment is looked at too: several may wait since the same one. */
  beforeAt: number;
}

async function approvals(context: Context, { officeId, limit, beforeAt }: Look): Promise<AttentionItem[]> {
  const rows = await context.db
    .selectFrom('approvals')
    .select(['id', 'agent_id', 'tool', 'risk', 'arguments', 'asked_at'])
    .where('office_id', '=', officeId)
    .where('state', '=', 'pending')
    .where('asked_at', '<=', beforeAt)
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'approval',
    id: row.id,
    agentId: row.agent_id,
    title: clipText(`wants to use ${row.tool}: ${JSON.stringify(row.arguments)}`, TITLE_CHARS_MAX),
    reason: `Allow or refuse it (risk: ${row.risk}).`,
    at: row.asked_at,
  }));
}

async function tasks(context: Context, { officeId, limit, beforeAt }: Look): Promise<AttentionItem[]> {
  const rows = await context.db
    .selectFrom('tasks')
    .select(['id', 'number', 'title', 'state', 'assignee_id', 'blocked_reason', 'updated_at'])
    .where('office_id', '=', officeId)
    .where('deleted_at', 'is', null)
    .where(({ eb, and, or }) =>
      or([eb('state', '=', 'blocked'), and([eb('state', '=', 'review'), eb('reviewer_id', 'is', null)])]),
    )
    .where('updated_at', '<=', beforeAt)
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: row.state === 'blocked' ? 'blocked' : 'review',
    id: row.id,
    agentId: row.assignee_id,
    title: `task ${row.number}: ${row.title}`,
    reason: row.state === 'blocked' ? (row.blocked_reason ?? 'It is blocked.') : 'Accept the result or send it back.',
    at: row.updated_at,
  }));
}

async function waitingRuns(context: Context, { officeId, limit, beforeAt }: Look): Promise<AttentionItem[]> {
  const rows = await context.db
    .selectFrom('runs')
    .select(['id', 'agent_id', 'cause_kind', 'created_at', 'waiting_reason'])
    .where('office_id', '=', officeId)
    .where('status', '=', 'queued')
    .where('waiting_reason', 'in', ['budget_exhausted', 'model_unavailable'])
    .where('created_at', '<=', beforeAt)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ id, agent_id, cause_kind, created_at, waiting_reason }) => ({
    id,
    agentId: agent_id,
    at: created_at,
    ...(waiting_reason === 'budget_exhausted'
      ? {
          kind: 'budget',
          title: `has no money left for a ${cause_kind}`,
          reason: 'Raise the cap, add credits, or let it wait for the next day or month.',
        }
      : {
          kind: 'model',
          title: `gets no answer from its model for a ${cause_kind}`,
          reason:
            'The run’s last note says what it answered (mi runs show); a credential may rest, be refused or used up.',
        }),
  }));
}
