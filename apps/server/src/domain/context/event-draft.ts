import type { JsonObject } from '@guildhall/kernel';

/** One change, as it is told: the log gets `data`, the audit chain gets `audit` (default: the same). */
export interface EventDraft {
  /** Set when it tells that the office goes to another organisation. */
  isMove?: boolean | undefined;
  organizationId: string;
  officeId?: string | undefined;
  agentId?: string | undefined;
  /** `resource.verb`, in the past tense: `task.created`. */
  type: string;
  subjectId: string;
  data: JsonObject;
  /** For what must not be kept for ever (message texts): what the audit chain holds instead. */
  audit?: JsonObject;
  /** Whom the caller reports as the one who acted. The audit chain always names the caller itself. */
  reportedActor?: { kind: string; id: string };
}
