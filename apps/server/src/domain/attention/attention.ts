import { clipText, decodeCursor, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { sql } from 'kysely';
import { isRunForPeople, isTaskForPeople } from '../../schema/index.ts';
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
  const [beforeAt, beforeId] =
    page.cursor === undefined
      ? ([Number.MAX_SAFE_INTEGER, ''] as const)
      : decodeCursor(page.cursor, 'number', 'string');
  const at = { officeId: office.id, limit: page.limit + 1, beforeAt, beforeId };
  const found = await Promise.all([
    approvals(context, at),
    tasks(context, at),
    waitingRuns(context, at),
    standstills(context, office, at),
  ]);
  const items = found
    .flat()
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, page.limit + 1);
  return pageOf(items, page.limit, (item) => [item.at, item.id]);
}

async function standstills(context: Context, office: Office, look: Look): Promise<AttentionItem[]> {
  const pause = await housePause(context);
  const shared = { kind: 'paused', id: office.id, agentId: null } as const;
  const items: AttentionItem[] = [];
  if (pause !== undefined)
    items.push({ ...shared, title: 'All work in this installation is paused.', reason: pause.note, at: pause.since });
  if (office.status !== 'active') {
    const reason = office.suspension_note;
    items.push({ ...shared, title: 'The office is suspended.', reason, at: office.updated_at });
  }
  return items.filter(({ at, id }) => at < look.beforeAt || (at === look.beforeAt && id < look.beforeId));
}

/** What waits since before a moment, and of what waits since that very one whose id is smaller. */
interface Look {
  officeId: string;
  limit: number;
  beforeAt: number;
  beforeId: string;
}

/** As a pair, in the order of the index: many may wait since the same moment. */
function isBefore(column: 'asked_at' | 'updated_at' | 'created_at', { beforeAt, beforeId }: Look) {
  return sql<boolean>`(${sql.ref(column)}, id) < (${beforeAt}, ${beforeId})`;
}

async function approvals(context: Context, look: Look): Promise<AttentionItem[]> {
  const rows = await context.db
    .selectFrom('approvals')
    .select(['id', 'agent_id', 'tool', 'risk', 'arguments', 'asked_at'])
    .where('office_id', '=', look.officeId)
    .where('state', '=', 'pending')
    .where(isBefore('asked_at', look))
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(look.limit)
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

async function tasks(context: Context, look: Look): Promise<AttentionItem[]> {
  const rows = await context.db
    .selectFrom('tasks')
    .select(['id', 'number', 'title', 'state', 'assignee_id', 'blocked_reason', 'updated_at'])
    .where('office_id', '=', look.officeId)
    .where('deleted_at', 'is', null)
    .where(isTaskForPeople)
    .where(({ eb, or }) => or([eb('state', '=', 'blocked'), eb('reviewer_id', 'is', null)]))
    .where(isBefore('updated_at', look))
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(look.limit)
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

async function waitingRuns(context: Context, look: Look): Promise<AttentionItem[]> {
  const rows = await context.db
    .selectFrom('runs')
    .select(['id', 'agent_id', 'cause_kind', 'created_at', 'waiting_reason'])
    .where('office_id', '=', look.officeId)
    .where(isRunForPeople)
    .where(isBefore('created_at', look))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(look.limit)
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
