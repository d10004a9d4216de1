import { clipText, errors, type JsonObject } from '@guildhall/kernel';
import { authorize } from '../access/index.ts';
import type { Agent } from '../agents/index.ts';
import { type Context, inTransaction, recordNow } from '../context/index.ts';
import { maySeeFile } from '../drive/index.ts';
import { type Event, type EventFilter, newestEvents } from '../events/index.ts';

/** The event log as people read it: who did what. There is no second record. */
export interface Activity extends Event {
  /** The agent's name, where the actor is an agent that is still known. */
  actorName: string | null;
}

const WORDS = ['task', 'message', 'standup', 'session', 'xmtp', 'lifecycle', 'chat', 'terminal'] as const;
export type ActivityCategory = (typeof WORDS)[number];

const CATEGORIES: [string, ActivityCategory][] = [
  ['task.', 'task'],
  ['message.', 'message'],
  ['group.', 'xmtp'],
  ['channel.', 'xmtp'],
  ['run.', 'session'],
  ['request.', 'session'],
  ['memory.', 'chat'],
  ['terminal.', 'terminal'],
];

export function categoryOf(type: string): ActivityCategory {
  return CATEGORIES.find(([prefix]) => type.startsWith(prefix))?.[1] ?? 'lifecycle';
}

/** What an agent's life is told by, beside its work and its talk: first segments of types. */
const LIFECYCLE = [
  'agent',
  'approval',
  'budget',
  'clone',
  'delegate',
  'env',
  'file',
  'folder',
  'integration',
  'invite',
  'key',
  'office',
  'schedule',
  'secret',
];

/** The event types that belong to categories, for a filter; what is in no list is `lifecycle`. Throws `validation_failed`. */
function typesOf(categories: string[]): string[] {
  const unknown = categories.find((word) => !WORDS.some((known) => known === word));
  // An empty list would read as: nothing happened.
  if (unknown !== undefined)
    throw errors.validationFailed('category', `"${unknown.slice(0, 40)}" is none of ${WORDS.join(', ')}`);
  const known = CATEGORIES.filter(([, category]) => categories.includes(category)).map(([prefix]) =>
    prefix.slice(0, -1),
  );
  return categories.includes('lifecycle') ? [...known, ...LIFECYCLE] : known;
}

const COLLEAGUES_SEE = ['task', 'agent', 'budget', 'file'];

/** One line about an event. */
export function summaryOf(event: Event): string {
  const { data, type } = event;
  const words = type.replace('.', ' ').replaceAll('_', ' ');
  const subject =
    data.title ?? data.name ?? data.tool ?? data.summary ?? data.reason ?? data.content ?? data.cause ?? '';
  // One event is one line of a log.
  return `${words}${subject === '' ? '' : `: ${clipText(String(subject).replaceAll(/\s+/g, ' '), 200)}`}`;
}

/** What one agent did and what was done to it, newest first. The caller has loaded the agent. */
export async function listAgentActivity(
  context: Context,
  agent: Agent,
  page: { limit: number; offset: number; categories?: string[] | undefined; sinceAt?: number | undefined },
): Promise<Event[]> {
  const { principal } = context;
  const isColleague = principal.kind === 'agent' && principal.agentId !== agent.id;
  const wanted = page.categories === undefined ? undefined : typesOf(page.categories);
  // What a colleague said and was told is its own.
  const types = isColleague ? (wanted ?? COLLEAGUES_SEE).filter((type) => COLLEAGUES_SEE.includes(type)) : wanted;
  const filter: EventFilter = { agentId: agent.id, sinceAt: page.sinceAt, types };
  const events = await newestEvents(context, agent.organization_id, filter, page.limit, undefined, page.offset);
  if (principal.kind !== 'agent') return events;
  const seen = await Promise.all(
    events.map(({ type, subject_id }) => !type.startsWith('file.') || maySeeFile(context, subject_id)),
  );
  return events.filter((_, index) => seen[index]);
}

/** What happened in an organisation, newest first. */
export async function listActivity(
  context: Context,
  organizationId: string,
  filter: {
    actorKind?: 'agent' | 'system' | 'user' | undefined;
    actorId?: string | undefined;
    action?: string | undefined;
  },
  page: { limit: number; offset: number },
): Promise<Activity[]> {
  const { principal } = context;
  const office = principal.kind === 'agent' || principal.kind === 'order' ? { officeId: principal.officeId } : {};
  authorize(principal, 'events:read', { organizationId, ...office, what: 'organization', id: organizationId });
  const actorId =
    filter.actorId === undefined ? undefined : await resolveActor(context, organizationId, filter.actorId);
  const events = await newestEvents(
    context,
    organizationId,
    {
      ...office,
      // The log holds what was said to others: an agent reads its own part.
      agentId: principal.kind === 'agent' ? principal.agentId : undefined,
      // A key acts for the people who made it.
      actorKinds:
        filter.actorKind === undefined
          ? undefined
          : filter.actorKind === 'user'
            ? ['user', 'organization_key', 'order']
            : [filter.actorKind],
      actorId,
      types: filter.action === undefined ? undefined : [filter.action, `activity.${filter.action}`],
    },
    page.limit,
    undefined,
    page.offset,
  );
  const names = await agentNames(context, events);
  return events.map((event) => ({
    ...event,
    actorName: event.actor_kind === 'agent' ? (names.get(event.actor_id) ?? null) : null,
  }));
}

async function resolveActor(context: Context, organizationId: string, key: string): Promise<string> {
  const agent = await context.db
    .selectFrom('agents')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('name', '=', key)
    .executeTakeFirst();
  return agent?.id ?? key;
}

async function agentNames(context: Context, events: Event[]): Promise<Map<string, string>> {
  const ids = [...new Set(events.filter((event) => event.actor_kind === 'agent').map((event) => event.actor_id))];
  if (ids.length === 0) return new Map();
  const rows = await context.db.selectFrom('agents').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

const TEXT_CHARS_MAX = 200;
const METADATA_CHARS_MAX = 20_000;

/** Writes down what somebody outside did. Kept as reported; the audit chain names who reported it. */
export async function reportActivity(
  context: Context,
  organizationId: string,
  input: {
    actorKind: 'agent' | 'system' | 'user';
    actorId: string;
    action: string;
    entityType?: string | undefined;
    entityId?: string | undefined;
    metadata?: JsonObject | undefined;
  },
): Promise<Activity> {
  const { principal } = context;
  const office = principal.kind === 'agent' || principal.kind === 'order' ? { officeId: principal.officeId } : {};
  authorize(principal, 'tasks:write', { organizationId, ...office, what: 'organization', id: organizationId });
  if (
    principal.kind === 'agent' &&
    (input.actorKind !== 'agent' || ![principal.name, principal.agentId].includes(input.actorId))
  ) {
    throw errors.validationFailed('actor_id', 'is not you', 'An agent reports only what it did itself.');
  }
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._:-]*$/u.test(input.action) || input.action.length > TEXT_CHARS_MAX) {
    throw errors.validationFailed('action', 'is not a word of letters, digits, ".", "_", ":" and "-"');
  }
  const metadata = input.metadata ?? {};
  if (JSON.stringify(metadata).length > METADATA_CHARS_MAX)
    throw errors.validationFailed('metadata', `is larger than ${METADATA_CHARS_MAX} characters`);
  const actorId = await resolveActor(context, organizationId, input.actorId);
  return inTransaction(context, async (tx) => {
    const seq = await recordNow(tx, {
      organizationId,
      ...office,
      agentId: input.actorKind === 'agent' ? actorId : undefined,
      type: `activity.${input.action}`,
      subjectId: input.entityId ?? organizationId,
      data: { entity_type: input.entityType ?? null, entity_id: input.entityId ?? null, metadata },
      reportedActor: { kind: input.actorKind, id: actorId },
    });
    const [written] = await newestEvents(tx, organizationId, {}, 1, seq + 1);
    if (written?.seq !== seq) throw new Error('the event that was just written is not there');
    const names = await agentNames(tx, [written]);
    return { ...written, actorName: names.get(written.actor_id) ?? null };
  });
}
