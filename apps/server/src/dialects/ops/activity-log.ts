import { ops } from '@guildhall/contract';
import { formatInstant, type JsonObject } from '@guildhall/kernel';
import { type Activity, listActivity, reportActivity } from '../../domain/activity/index.ts';
import type { Door } from '../../http/index.ts';
import { offsetPage, organizationOf } from './scope.ts';

function presentActivity(activity: Activity): ops.Activity {
  const { data, type } = activity;
  const isReported = type.startsWith('activity.');
  const kinds: Record<string, ops.Activity['actor_type']> = { agent: 'agent', system: 'system' };
  return {
    id: activity.seq,
    actor_type: kinds[activity.actor_kind] ?? 'user',
    actor_id: activity.actorName ?? activity.actor_id,
    action: isReported ? type.slice('activity.'.length) : type,
    entity_type: isReported ? stringOrNull(data.entity_type) : (type.split('.')[0] ?? null),
    entity_id: isReported ? stringOrNull(data.entity_id) : activity.subject_id,
    metadata: isReported ? (data.metadata as JsonObject) : data,
    created_at: formatInstant(activity.at),
  };
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Seed: orkosi-api Monitoring, activity-log. */
export function activityLogRoutes(door: Door): void {
  const tag = 'Monitoring';
  const both = { path: '/api/activity-log', aliases: ['/api/v1/activity-log'] };
  door.route(
    {
      method: 'GET',
      ...both,
      id: 'activityLog.list',
      tag,
      summary: 'What happened, newest first',
      description: '`meta.total` is the number of rows in this answer plus those skipped: the log is not counted.',
      query: ops.ActivityQuery,
      answers: { 200: ops.list(ops.Activity) },
    },
    async ({ context, query }) => {
      const page = offsetPage(query);
      const filter = { actorKind: query.actor_type, actorId: query.actor_id, action: query.action };
      const rows = await listActivity(context, organizationOf(context), filter, page);
      return { data: rows.map(presentActivity), meta: { total: page.offset + rows.length, ...page } };
    },
  );
  door.route(
    {
      method: 'POST',
      ...both,
      id: 'activityLog.create',
      tag,
      summary: 'Write down what was done outside',
      body: ops.CreateActivityRequest,
      answers: { 201: ops.item(ops.Activity) },
      idempotent: true,
    },
    async ({ context, body }) => {
      const activity = await reportActivity(context, organizationOf(context), {
        actorKind: body.actor_type,
        actorId: body.actor_id,
        action: body.action,
        entityType: body.entity_type,
        entityId: body.entity_id,
        metadata: body.metadata as JsonObject | undefined,
      });
      return { data: presentActivity(activity) };
    },
  );
}
