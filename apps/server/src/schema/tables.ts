// Longer than others: one list of every table, to be read beside the migrations; nothing in it but columns.
import type { MemoryTables } from '@guildhall/cortex';
import type { Json, JsonObject } from '@guildhall/kernel';
import type { ColumnType, Generated } from 'kysely';

/** A JSON column: read as a value, written as a value; the driver converts. */
type JsonColumn<T> = ColumnType<T, T, T>;

/** The rows of the database, column for column as in the migrations. */
export interface Tables extends MemoryTables {
  meta: { key: string; value: JsonColumn<Json> };
  users: UserRow;
  organizations: { id: string; name: string; slug: string; created_at: number };
  memberships: { organization_id: string; user_id: string; role: string };
  api_keys: ApiKeyRow;
  signature_uses: { digest: string; expires_at: number };
  idempotency_keys: IdempotencyKeyRow;
  streams: {
    id: string;
    event_seq: number;
    event_floor: number;
    /** When the newest event was: the next one is not before it. */
    event_at: Generated<number>;
    audit_seq: number;
    audit_hash: string;
  };
  events: EventRow;
  audit_entries: AuditRow;
  offices: OfficeRow;
  agents: AgentRow;
  delegates: DelegateRow;
  invites: InviteRow;
  office_transfers: OfficeTransferRow;
  clone_transfers: CloneTransferRow;
  office_quotas: OfficeQuotaRow;
  office_integrations: {
    office_id: string;
    integration_id: string;
    sealed: string;
    updated_by: string;
    updated_at: number;
  };
  agent_integrations: AgentIntegrationRow;
  channel_accounts: ChannelAccountRow;
  /** What came from outside, so that it comes once. */
  channel_receipts: { office_id: string; channel: string; external_id: string; received_at: number };
  channel_deliveries: ChannelDeliveryRow;
  env_vars: EnvVarRow;
  office_secrets: { office_id: string; name: string; sealed: string; updated_by: string; updated_at: number };
  callbacks: CallbackRow;
  agent_keys: { agent_id: string; public_key: string; created_at: number; retired_at: number | null };
  tasks: TaskRow;
  task_words: TaskWordsRow;
  task_word_terms: TaskWordTermRow;
  tasks_without_words: TaskWithoutWordsRow;
  task_dependencies: { task_id: string; depends_on_id: string };
  task_comments: TaskCommentRow;
  task_artifacts: TaskArtifactRow;
  /** Integrations that have to be switched on for whoever works on the task. */
  task_required_tools: { task_id: string; integration_id: string };
  runs: RunRow;
  run_steps: RunStepRow;
  approvals: ApprovalRow;
  schedules: ScheduleRow;
  conversations: ConversationRow;
  conversation_members: { conversation_id: string; participant: string; agent_id: string | null; joined_at: number };
  messages: MessageRow;
  /** Ids of messages are empty before the first. */
  read_marks: {
    conversation_id: string;
    participant: string;
    delivered_id: string;
    read_id: string;
    read_at: number | null;
  };
  drive_files: DriveFileRow;
  drive_folders: { office_id: string; path: string; parent: string; created_at: number };
  /** All versions of all files of a drive, those in the trash among them. */
  drive_usage: { office_id: string; stored_bytes: number };
  /** `agent_id` is `*` for every agent that has no row of its own. */
  file_permissions: { file_id: string; agent_id: string; access: string };
  drive_versions: {
    file_id: string;
    version: number;
    sha256: string;
    size_bytes: number;
    written_by: string;
    at: number;
  };
  accounts: AccountRow;
  transfers: { id: string; idempotency_key: string; kind: string; reason: string; actor: string; at: number };
  entries: EntryRow;
  reservations: ReservationRow;
  office_spend: { office_id: string; day_at: number; spent_cents: number; held_cents: number };
  agent_spend: { agent_id: string; day_at: number; spent_cents: number; held_cents: number };
  receipts: ReceiptRow;
  model_days: ModelDayRow;
  process_days: {
    office_id: string;
    day_at: number;
    agent_id: string;
    processes: number;
    cpu_ms: number;
    memory_byte_seconds: number;
  };
}

export interface EnvVarRow {
  office_id: string;
  /** Empty for what all agents of the office have. */
  agent_id: string;
  key: string;
  sealed: string;
  updated_by: string;
  updated_at: number;
}

export interface AgentIntegrationRow {
  agent_id: string;
  integration_id: string;
  office_id: string;
  is_enabled: boolean;
  /** As the agent last told: `pending` until it did. */
  status: string;
  error: string | null;
  toggled_at: number;
  reported_at: number | null;
}

/** Who an agent is on a network outside of the house. Its keys are sealed. */
export interface ChannelAccountRow {
  agent_id: string;
  channel: string;
  office_id: string;
  address: string;
  sealed: string;
  holder: string | null;
  fence: number;
  lease_expires_at: number;
  failures: number;
  retry_at: number;
  created_at: number;
}

/** A message of an agent on its way out. */
export interface ChannelDeliveryRow {
  message_id: string;
  conversation_id: string;
  agent_id: string;
  channel: string;
  /** `queued`, `sent`, `failed` */
  state: string;
  attempts: number;
  next_attempt_at: number;
  /** What the network calls it. */
  external_id: string | null;
  error: string | null;
  created_at: number;
}

export interface OfficeQuotaRow {
  office_id: string;
  tier: string;
  cpu_cores: number;
  memory_gigabytes: number;
  agents_max: number;
  updated_by: string;
  updated_at: number;
}

export interface OfficeTransferRow {
  office_id: string;
  /** Whose it was when it was offered. */
  organization_id: string;
  to_user_id: string;
  offered_by: string;
  offered_at: number;
  expires_at: number;
}

export interface CloneTransferRow {
  id: string;
  organization_id: string;
  office_id: string;
  origin_agent_id: string;
  origin_name: string;
  clone_agent_id: string;
  clone_name: string;
  /** `waiting` for its package, `ready` to be installed, `working`, `done`, `failed`. */
  state: string;
  /** What callers are told: `awaiting_bundle`, `received`, a layer of the package, `online`, `failed`. */
  phase: string;
  progress_percent: number;
  message: string;
  error: string | null;
  manifest: JsonColumn<JsonObject | null>;
  bundle_sha256: string | null;
  bundle_bytes: number;
  report: JsonColumn<JsonObject | null>;
  fence: number;
  lease_expires_at: number | null;
  started_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface InviteRow {
  id: string;
  organization_id: string;
  office_id: string;
  /** `agent`; `human` for people. */
  kind: string;
  code_hash: string;
  label: string;
  created_by: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  /** The agent that came by it. */
  used_by: string | null;
  revoked_at: number | null;
}

export interface DelegateRow {
  agent_id: string;
  office_id: string;
  permissions: JsonColumn<string[]>;
  created_by: string;
  created_at: number;
  updated_at: number;
}

export interface CallbackRow {
  id: string;
  office_id: string;
  /** Whose machine told it; null when the office's own. */
  agent_id: string | null;
  type: string;
  payload: JsonColumn<JsonObject>;
  created_at: number;
}

export interface ModelDayRow {
  office_id: string;
  day_at: number;
  agent_id: string;
  model: string;
  calls: number;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  cost_micros: number;
}

export interface UserRow {
  number: Generated<number>;
  id: string;
  email: string;
  name: string;
  is_operator: boolean;
  created_at: number;
}

export interface ApiKeyRow {
  id: string;
  family: string;
  hash: string;
  prefix: string;
  name: string;
  user_id: string | null;
  organization_id: string | null;
  agent_id: string | null;
  order_id: string | null;
  scopes: JsonColumn<string[]>;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

export interface EventRow {
  stream: string;
  seq: number;
  office_id: string | null;
  agent_id: string | null;
  type: string;
  subject_id: string;
  actor_kind: string;
  actor_id: string;
  data: JsonColumn<JsonObject>;
  at: number;
}

export interface AuditRow {
  stream: string;
  seq: number;
  id: string;
  at: number;
  type: string;
  actor: string;
  payload: string;
  prev_hash: string;
  hash: string;
}

export interface OfficeRow {
  id: string;
  organization_id: string;
  owner_user_id: string;
  name: string;
  status: string;
  /** What whoever suspended it said; empty when it is not, or nothing was said. */
  suspension_note: Generated<string>;
  /** What it comes back to when it is restored; null while it is open. */
  status_before_closing: string | null;
  settings: JsonColumn<JsonObject>;
  host: string;
  /** How many of its runs may be under way at once; null for no limit but the house's. */
  run_concurrency: number | null;
  /** Since when its events stand in the log of its organisation; null when from the beginning. */
  moved_at: number | null;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

export interface AgentRow {
  number: Generated<number>;
  id: string;
  organization_id: string;
  office_id: string;
  name: string;
  role: string;
  driver: string;
  model_tier: string;
  model_provider: string;
  /** Of models, that the office has a credential of: with spaces between. */
  office_providers: string;
  system_prompt: string;
  profile: JsonColumn<JsonObject>;
  state: string;
  daily_cap_cents: number;
  /** Null for none beyond the daily one. */
  monthly_cap_cents: number | null;
  /** What wakes it: `task` (what it is given), `cron` (its schedules; it looks for tasks itself), or `both`. Messages always do. */
  run_mode: string;
  hired_by: string;
  last_seen_at: number | null;
  last_error: JsonColumn<JsonObject | null>;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

/** What the index knows, each three letters long. */
export interface TaskWordTermRow {
  term: string;
}

/** What the index does not hold yet, on SQLite. */
export interface TaskWithoutWordsRow {
  number: number;
}

/** SQLite's index of what stands in tasks, `rowid` is the number of the task. Nothing of it can be read. */
export interface TaskWordsRow {
  rowid: number;
  task_words: string;
}

export interface TaskRow {
  number: Generated<number>;
  id: string;
  organization_id: string;
  office_id: string;
  parent_id: string | null;
  title: string;
  description: string;
  kind: string;
  priority: number;
  state: string;
  assignee_id: string | null;
  reviewer_id: string | null;
  review_required: boolean;
  verification_type: string;
  /** What the house itself has to do to see that the task is done: `{command}` or `{url, status?, contains?}`. */
  verification: JsonColumn<JsonObject | null>;
  /** Of what the house has seen to be true: the completion that it was asked about, under the claim it was asked in. */
  proof: string | null;
  evidence_refusals: number;
  attempts: number;
  attempts_max: number;
  rejections: number;
  claim_fence: number;
  claim_owner: string | null;
  /** The agent that claimed it last: who did the work does not judge it. */
  worked_by: string | null;
  lease_expires_at: number | null;
  blocked_reason: string | null;
  failure_code: string | null;
  result: string | null;
  evidence: JsonColumn<JsonObject>;
  review_notes: string | null;
  progress_percent: number;
  current_step: string | null;
  dedup_key: string;
  created_by: string;
  created_at: number;
  updated_at: number;
  claimed_at: number | null;
  completed_at: number | null;
  deleted_at: number | null;
}

export interface TaskCommentRow {
  id: string;
  task_id: string;
  office_id: string;
  author_kind: string;
  author: string;
  body: string;
  created_at: number;
}

export interface TaskArtifactRow {
  id: string;
  task_id: string;
  office_id: string;
  /** `file`: a path on the drive; `link`: an address. */
  kind: string;
  path: string;
  label: string | null;
  created_by: string;
  created_at: number;
}

export interface RunRow {
  id: string;
  organization_id: string;
  office_id: string;
  agent_id: string;
  cause_kind: string;
  cause_id: string;
  driver: string;
  status: string;
  fence: number;
  worker: string | null;
  lease_expires_at: number | null;
  not_before_at: number;
  waiting_reason: string | null;
  attempts: number;
  attempts_max: number;
  outcome: JsonColumn<JsonObject | null>;
  failure_code: string | null;
  cost_cents: number;
  input_tokens: number;
  output_tokens: number;
  /** What its model calls cost so far; `cost_cents` is the same, rounded up. */
  cost_micros: number;
  model: string | null;
  current_step: string | null;
  /** How many model steps it had when a person let it try again: its limits count from there. */
  fresh_from: number;
  /** How often in a row it waited for a model that did not answer. */
  model_parks: number;
  /** The tools that its agent was offered, and about how many tokens their descriptions take in each call. */
  tool_count: number | null;
  tool_tokens: number | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}

export interface RunStepRow {
  run_id: string;
  seq: number;
  /** `model`: an answer; `summary`: what a compaction kept; `tool`: a call; `note`: what happened beside them. */
  kind: string;
  call_id: string | null;
  /** The tool, the model, or what the note is about. */
  name: string;
  arguments_hash: string;
  arguments: JsonColumn<JsonObject>;
  status: string;
  result: JsonColumn<Json>;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  cost_micros: number;
  started_at: number;
  finished_at: number | null;
}

export interface ApprovalRow {
  id: string;
  organization_id: string;
  office_id: string;
  agent_id: string;
  run_id: string;
  call_id: string;
  tool: string;
  risk: string;
  arguments: JsonColumn<JsonObject>;
  arguments_hash: string;
  state: string;
  asked_at: number;
  expires_at: number;
  decided_at: number | null;
  decided_by: string | null;
  note: string | null;
}

export interface ConversationRow {
  id: string;
  organization_id: string;
  office_id: string;
  kind: string;
  name: string | null;
  direct_key: string | null;
  created_at: number;
  last_message: string | null;
  last_message_at: number | null;
  /** The network outside of the house that it is held on; null for conversations of the house. */
  channel: string | null;
  /** There: the address of the other one, or the id of the group. */
  channel_id: string | null;
}

export interface MessageRow {
  id: string;
  conversation_id: string;
  office_id: string;
  sender: string;
  sender_kind: string;
  content: string;
  run_id: string | null;
  /** The task that its agent was working on. */
  task_id: string | null;
  created_at: number;
}

export interface DriveFileRow {
  number: Generated<number>;
  id: string;
  office_id: string;
  name: string;
  /** The part of the name before its last slash. */
  folder: string;
  version: number;
  sha256: string;
  size_bytes: number;
  media_type: string;
  written_by: string;
  created_at: number;
  updated_at: number;
  /** Whether there are permissions of its own; else every agent reads and writes it. */
  is_restricted: Generated<boolean>;
  deleted_at: number | null;
}

export interface AccountRow {
  id: string;
  kind: string;
  owner_id: string;
  balance_cents: number;
  held_cents: number;
  /** Whether the first grant was given. */
  is_open: boolean;
  created_at: number;
}

export interface EntryRow {
  transfer_id: string;
  line: number;
  account_id: string;
  amount_cents: number;
  balance_after_cents: number;
  reason: string;
  at: number;
}

export interface ReservationRow {
  run_id: string;
  office_id: string | null;
  account_id: string;
  agent_id: string;
  amount_cents: number;
  day_at: number;
  status: string;
  expires_at: number;
}

export interface ReceiptRow {
  id: string;
  organization_id: string;
  office_id: string;
  subject_id: string;
  action: string;
  status: string;
  run_id: string | null;
  accepted_at: number;
  completed_at: number | null;
  expected_seconds: number;
  progress: JsonColumn<JsonObject | null>;
  result: JsonColumn<JsonObject | null>;
  failure: JsonColumn<JsonObject | null>;
  superseded_by: string | null;
}

export interface IdempotencyKeyRow {
  principal: string;
  key: string;
  fingerprint: string;
  status: number;
  body: string;
  expires_at: number;
}

export interface ScheduleRow {
  id: string;
  organization_id: string;
  office_id: string;
  agent_id: string;
  name: string;
  cron: string | null;
  every_ms: number | null;
  once_at: number | null;
  timezone: string;
  prompt: string;
  jitter_ms: number;
  is_enabled: boolean;
  next_at: number;
  last_fired_at: number | null;
  fired: number;
  created_by: string;
  created_at: number;
}
