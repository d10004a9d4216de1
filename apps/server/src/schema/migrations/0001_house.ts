import type { Migration } from '@guildhall/storage';

/**
 * The first schema. Times are integer milliseconds UTC. Money is integer cents of a credit. `number` is the integer
 * that the ops API addresses a row by. `JSON` and `BOOLEAN` are declared so that both engines convert them alike.
 */
export const house: Migration = {
  name: '0001_house',
  statements: (kind) => {
    const number = kind === 'sqlite' ? 'integer primary key' : 'bigint generated always as identity primary key';
    // Each index is a page to write with every row: only what a query needs, and narrow where it can be.
    const json = kind === 'sqlite' ? 'JSON' : 'jsonb';
    return [
      `create table meta (key text primary key, value ${json} not null)`,

      `create table users (
        number ${number}, id text not null unique, email text not null unique, name text not null,
        is_operator BOOLEAN not null, created_at bigint not null)`,
      `create table organizations (id text primary key, name text not null, slug text not null unique, created_at bigint not null)`,
      `create table memberships (
        organization_id text not null references organizations(id), user_id text not null references users(id),
        role text not null, primary key (user_id, organization_id))`,

      `create table api_keys (
        id text primary key, family text not null, hash text not null unique, prefix text not null, name text not null,
        user_id text references users(id), organization_id text references organizations(id), agent_id text, order_id text,
        scopes ${json} not null, created_at bigint not null, expires_at bigint, revoked_at bigint)`,
      'create index api_keys_of_user on api_keys (user_id, id)',
      'create table signature_uses (digest text primary key, expires_at bigint not null)',
      'create index signature_uses_expiry on signature_uses (expires_at)',

      `create table idempotency_keys (
        principal text not null, key text not null, fingerprint text not null, status integer not null,
        body text not null, expires_at bigint not null, primary key (principal, key))`,
      'create index idempotency_keys_expiry on idempotency_keys (expires_at)',

      `create table streams (
        id text primary key, event_seq bigint not null, event_floor bigint not null,
        audit_seq bigint not null, audit_hash text not null)`,
      `create table events (
        stream text not null, seq bigint not null, office_id text, agent_id text, type text not null,
        subject_id text not null, actor_kind text not null, actor_id text not null, data ${json} not null,
        at bigint not null, primary key (stream, seq))`,
      'create index events_of_office on events (office_id, seq)',
      'create index events_of_agent on events (agent_id, seq) where agent_id is not null',
      `create table audit_entries (
        stream text not null, seq bigint not null, id text not null, at bigint not null, type text not null,
        actor text not null, payload text not null, prev_hash text not null, hash text not null,
        primary key (stream, seq))`,

      `create table offices (
        id text primary key, organization_id text not null references organizations(id), owner_user_id text not null,
        name text not null, status text not null, settings ${json} not null, host text not null,
        created_at bigint not null, updated_at bigint not null, deleted_at bigint)`,
      'create index offices_of_organization on offices (organization_id, id)',

      `create table agents (
        number ${number}, id text not null unique, organization_id text not null, office_id text not null references offices(id),
        name text not null, role text not null, driver text not null, model_tier text not null, model_provider text not null,
        system_prompt text not null, profile ${json} not null, state text not null, daily_cap_cents bigint not null,
        hired_by text not null, last_seen_at bigint, last_error ${json}, created_at bigint not null,
        updated_at bigint not null, deleted_at bigint)`,
      'create unique index agents_by_name on agents (office_id, name) where deleted_at is null',
      'create index agents_of_organization on agents (organization_id, number)',
      'create index agents_hired on agents (office_id, created_at)',
      'create index agents_named on agents (name)',
      `create table agent_keys (
        agent_id text not null, public_key text not null, created_at bigint not null, retired_at bigint,
        primary key (agent_id, public_key))`,
      'create index agent_keys_by_key on agent_keys (public_key)',

      `create table tasks (
        number ${number}, id text not null unique, organization_id text not null, office_id text not null references offices(id),
        parent_id text, title text not null, description text not null, kind text not null, priority integer not null,
        state text not null, assignee_id text, reviewer_id text, review_required BOOLEAN not null,
        verification_type text not null, attempts integer not null, attempts_max integer not null,
        rejections integer not null, claim_fence bigint not null, claim_owner text, worked_by text, lease_expires_at bigint,
        blocked_reason text, failure_code text, result text, evidence ${json} not null, review_notes text,
        progress_percent integer not null, current_step text, dedup_key text not null, created_by text not null,
        created_at bigint not null, updated_at bigint not null, claimed_at bigint, completed_at bigint, deleted_at bigint)`,
      'create index tasks_of_office on tasks (office_id, number) where deleted_at is null',
      'create index tasks_of_organization on tasks (organization_id, number) where deleted_at is null',
      "create index tasks_of_state on tasks (office_id, state) where state <> 'queued'",
      'create index tasks_of_assignee on tasks (assignee_id, state, priority, number) where assignee_id is not null',
      'create index tasks_of_parent on tasks (parent_id) where parent_id is not null',
      'create index tasks_alike on tasks (office_id, dedup_key)',
      "create index tasks_leased on tasks (lease_expires_at) where state = 'claimed'",
      `create table task_dependencies (
        task_id text not null, depends_on_id text not null, primary key (task_id, depends_on_id))`,
      'create index task_dependents on task_dependencies (depends_on_id)',

      `create table runs (
        id text primary key, organization_id text not null, office_id text not null, agent_id text not null,
        cause_kind text not null, cause_id text not null, driver text not null, status text not null,
        fence bigint not null, worker text, lease_expires_at bigint, not_before_at bigint not null, waiting_reason text,
        attempts integer not null, attempts_max integer not null, outcome ${json}, failure_code text,
        cost_cents bigint not null, input_tokens bigint not null, output_tokens bigint not null,
        created_at bigint not null, started_at bigint, finished_at bigint)`,
      'create unique index runs_of_cause on runs (cause_kind, cause_id, agent_id)',
      "create unique index runs_one_per_agent on runs (agent_id) where status = 'running'",
      "create index runs_waiting on runs (not_before_at, id) where status = 'queued'",
      "create index runs_leased on runs (lease_expires_at) where status = 'running'",
      'create index runs_ended on runs (finished_at) where finished_at is not null',
      'create index runs_of_agent on runs (agent_id, id)',
      'create index runs_of_office on runs (office_id, id)',
      `create table run_steps (
        run_id text not null, seq integer not null, tool text not null, arguments_hash text not null,
        arguments ${json} not null, status text not null, result ${json}, at bigint not null,
        primary key (run_id, seq))`,

      `create table conversations (
        id text primary key, organization_id text not null, office_id text not null references offices(id),
        kind text not null, name text, direct_key text, created_at bigint not null, last_message text,
        last_message_at bigint)`,
      'create unique index conversations_direct on conversations (office_id, direct_key)',
      'create index conversations_of_office on conversations (office_id, id)',
      `create table conversation_members (
        conversation_id text not null, participant text not null, agent_id text, joined_at bigint not null,
        primary key (conversation_id, participant))`,
      'create index conversations_of_participant on conversation_members (participant, conversation_id)',
      `create table messages (
        id text primary key, conversation_id text not null, office_id text not null, sender text not null,
        sender_kind text not null, content text not null, run_id text unique, created_at bigint not null)`,
      'create index messages_of_conversation on messages (conversation_id, id)',

      `create table drive_files (
        number ${number}, id text not null unique, office_id text not null references offices(id), name text not null,
        version integer not null, sha256 text not null, size_bytes bigint not null, media_type text not null,
        written_by text not null, created_at bigint not null, updated_at bigint not null, deleted_at bigint)`,
      'create unique index drive_files_by_name on drive_files (office_id, name) where deleted_at is null',
      'create index drive_files_of_office on drive_files (office_id, name)',
      `create table drive_versions (
        file_id text not null, version integer not null, sha256 text not null, size_bytes bigint not null,
        written_by text not null, at bigint not null, primary key (file_id, version))`,

      'create index drive_versions_of_blob on drive_versions (sha256)',

      `create table accounts (
        id text primary key, kind text not null, owner_id text not null, balance_cents bigint not null,
        held_cents bigint not null, is_open BOOLEAN not null, created_at bigint not null)`,
      'create unique index accounts_by_owner on accounts (kind, owner_id)',
      `create table transfers (
        id text primary key, idempotency_key text not null unique, kind text not null, reason text not null,
        actor text not null, at bigint not null)`,
      `create table entries (
        transfer_id text not null references transfers(id), line integer not null, account_id text not null references accounts(id),
        amount_cents bigint not null, balance_after_cents bigint not null, reason text not null, at bigint not null,
        primary key (transfer_id, line))`,
      'create index entries_of_account on entries (account_id, transfer_id)',
      `create table reservations (
        run_id text primary key, account_id text not null, agent_id text not null, amount_cents bigint not null,
        day_at bigint not null, status text not null, expires_at bigint not null)`,
      "create index reservations_held on reservations (expires_at) where status = 'held'",
      `create table agent_spend (
        agent_id text not null, day_at bigint not null, spent_cents bigint not null, held_cents bigint not null,
        primary key (agent_id, day_at))`,

      `create table receipts (
        id text primary key, organization_id text not null, office_id text not null, subject_id text not null,
        action text not null, status text not null, run_id text, accepted_at bigint not null, completed_at bigint,
        expected_seconds integer not null, progress ${json}, result ${json}, failure ${json}, superseded_by text)`,
      'create index receipts_of_office on receipts (office_id, id)',
      'create index receipts_of_subject on receipts (subject_id, action, status)',
      'create unique index receipts_of_run on receipts (run_id)',
    ];
  },
};
