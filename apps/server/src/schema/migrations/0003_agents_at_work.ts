import type { Migration } from '@guildhall/storage';

/** Models at work: the step log of a run, what its calls cost, and what a person has to allow. Micros are millionths of a credit. */
export const agentsAtWork: Migration = {
  name: '0003_agents_at_work',
  statements: (kind) => {
    const json = kind === 'sqlite' ? 'JSON' : 'jsonb';
    return [
      'alter table runs add column cost_micros bigint not null default 0',
      'alter table runs add column model text',
      'alter table runs add column current_step text',
      'alter table runs add column fresh_from integer not null default 0',
      'alter table runs add column model_parks integer not null default 0',
      "create index runs_open_of_agent on runs (agent_id, status, id) where status in ('queued', 'running')",
      'alter table runs add column tool_count integer',
      'alter table runs add column tool_tokens integer',
      "create index runs_of_status on runs (office_id, status, id) where status in ('queued', 'running')",

      'alter table agents add column monthly_cap_cents bigint',
      "alter table agents add column run_mode text not null default 'both'",
      `create table office_spend (
        office_id text not null, day_at bigint not null, spent_cents bigint not null, held_cents bigint not null,
        primary key (office_id, day_at))`,
      'alter table reservations add column office_id text',

      'alter table offices add column run_concurrency integer',
      `alter table tasks add column verification ${json}`,
      'alter table tasks add column proof text',
      'alter table tasks add column evidence_refusals integer not null default 0',
      "alter table memory_chunks add column written_by text not null default ''",
      `create table model_days (
        office_id text not null, day_at bigint not null, agent_id text not null, model text not null, calls bigint not null,
        input_tokens bigint not null, cached_input_tokens bigint not null, output_tokens bigint not null,
        cost_micros bigint not null, primary key (office_id, day_at, agent_id, model))`,
      `create table process_days (
        office_id text not null, day_at bigint not null, agent_id text not null, processes bigint not null,
        cpu_ms bigint not null, memory_byte_seconds bigint not null, primary key (office_id, day_at, agent_id))`,

      'drop table run_steps',
      `create table run_steps (
        run_id text not null, seq integer not null, kind text not null, call_id text, name text not null,
        arguments_hash text not null, arguments ${json} not null, status text not null, result ${json},
        input_tokens bigint not null, cached_input_tokens bigint not null, output_tokens bigint not null,
        cost_micros bigint not null, started_at bigint not null, finished_at bigint, primary key (run_id, seq))`,
      'create unique index run_steps_of_call on run_steps (run_id, call_id) where call_id is not null',

      `create table approvals (
        id text primary key, organization_id text not null, office_id text not null, agent_id text not null,
        run_id text not null, call_id text not null, tool text not null, risk text not null, arguments ${json} not null,
        arguments_hash text not null, state text not null, asked_at bigint not null, expires_at bigint not null,
        decided_at bigint, decided_by text, note text)`,
      'create unique index approvals_of_call on approvals (run_id, call_id)',
      'create index approvals_of_office on approvals (office_id, state, id)',
      "create index approvals_pending on approvals (office_id, asked_at, id) where state = 'pending'",
      "create index tasks_for_people on tasks (office_id, updated_at, id) where state in ('blocked', 'review')",
      `create table schedules (
        id text primary key, organization_id text not null, office_id text not null, agent_id text not null,
        name text not null, cron text, every_ms bigint, once_at bigint, timezone text not null, prompt text not null,
        jitter_ms bigint not null, is_enabled BOOLEAN not null, next_at bigint not null, last_fired_at bigint,
        fired bigint not null, created_by text not null, created_at bigint not null)`,
      'create index schedules_of_office on schedules (office_id, id)',
      'create index schedules_of_agent on schedules (agent_id)',
      `create index schedules_due on schedules (next_at) where is_enabled${kind === 'sqlite' ? ' = 1' : ''}`,
      "create index approvals_expiring on approvals (expires_at) where state = 'pending'",
    ];
  },
};
