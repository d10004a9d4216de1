import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';

export const EmployeeParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  name: Type.String({ maxLength: 300, description: 'Name or id.' }),
});

const AnyObject = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description });
const PublicKey = Type.String({
  maxLength: 140,
  description: 'secp256k1 public key as hex; lets the agent sign requests.',
});
const DailyCap = Type.Number({
  minimum: 0,
  maximum: 1_000_000,
  description: 'Credits that the agent may use a day. 0 means none.',
});

/** What may be configured about an employee (seed: mitosis-sdk-reference 9, HireRequest). */
const profile = {
  role: Type.Optional(Type.String({ maxLength: 200 })),
  modelTier: Type.Optional(Type.String({ maxLength: 100 })),
  modelProvider: Type.Optional(Type.String({ maxLength: 100 })),
  provider: Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'As `modelProvider`; its integration is switched on too, where the office has one.',
    }),
  ),
  model_tier: Type.Optional(Type.String({ maxLength: 200, description: 'As `modelTier`.' })),
  system_prompt: Type.Optional(Type.String({ maxLength: 200_000, description: 'As `systemPrompt`.' })),
  integrations: Type.Optional(
    Type.Record(Type.String({ maxLength: 100 }), Type.Boolean(), {
      description: 'Integration → whether it is switched on.',
    }),
  ),
  skills: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
  channels: Type.Optional(AnyObject('whatsapp, discord, telegram, signal, xmtp.')),
  resources: Type.Optional(AnyObject('cpuRequest, cpuLimit, memoryRequest, memoryLimit.')),
  storage: Type.Optional(Type.Unknown()),
  selfConfigure: Type.Optional(Type.Boolean()),
  autoUpdate: Type.Optional(Type.Boolean()),
  chromium: Type.Optional(Type.Boolean()),
  webTerminal: Type.Optional(Type.Boolean()),
  backup: Type.Optional(AnyObject('schedule, enabled.')),
  imageTag: Type.Optional(Type.String({ maxLength: 200 })),
  systemPrompt: Type.Optional(Type.String({ maxLength: 100_000 })),
  env: Type.Optional(
    Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 10_000 }), {
      description: 'In the environment of its commands. Kept sealed, and not given back here.',
    }),
  ),
  envSecrets: Type.Optional(
    Type.Unsafe<string[] | Record<string, string>>({
      description: 'Names of secrets of the office, or {VARIABLE: name}: found in the environment of its commands.',
      anyOf: [
        { type: 'array', maxItems: 50, items: { type: 'string', maxLength: 100 } },
        { type: 'object', maxProperties: 50, additionalProperties: { type: 'string', maxLength: 100 } },
      ],
    }),
  ),
  customConfig: Type.Optional(AnyObject('Kept and given back as sent.')),
  publicKey: Type.Optional(PublicKey),
  driver: Type.Optional(
    stringEnum(
      ['auto', 'reflex', 'claude-code', 'openclaw', 'external'],
      'What thinks for it: a model when a credential fits (auto), rules, a program, or nothing here.',
    ),
  ),
  runMode: Type.Optional(
    stringEnum(
      ['task', 'cron', 'both'],
      'What wakes it: what it is given, its schedules, or both. Messages always do.',
    ),
  ),
  dailyCapCredits: Type.Optional(DailyCap),
  monthlyCapCredits: Type.Optional(
    Type.Unsafe<number | null>({
      type: 'number',
      nullable: true,
      minimum: 0,
      maximum: 1_000_000_000,
      description: 'Credits that the agent may use in a calendar month; null for no such cap.',
    }),
  ),
};

export const HireRequest = closed({
  name: Type.String({ maxLength: 300 }),
  ...profile,
  agentKit: Type.Optional(AnyObject('owner, personality and task queue settings; kept as sent.')),
  botId: Type.Optional(Type.String({ maxLength: 200 })),
  bedrockCredentials: Type.Optional(Type.Unknown({ description: 'Not stored yet: answered with 501.' })),
  restoreFromBackup: Type.Optional(Type.Unknown({ description: 'Not available yet: answered with 501.' })),
});
export type HireRequest = Static<typeof HireRequest>;

export const UpdateEmployeeRequest = closed(profile);
export type UpdateEmployeeRequest = Static<typeof UpdateEmployeeRequest>;

export const Employee = Type.Object(
  {
    id: Type.String(),
    number: Type.Integer(),
    name: Type.String(),
    role: Type.String(),
    modelTier: Type.String(),
    modelProvider: Type.String(),
    driver: Type.String({ description: 'What thinks for the agent; `reflex` works by rules, without a model.' }),
    systemPrompt: Type.String(),
    dailyCapCredits: Type.Number(),
    monthlyCapCredits: nullable(Type.Number()),
    runMode: stringEnum(['task', 'cron', 'both'], 'What wakes it.'),
    spawnedBy: Type.String({ description: 'Who hired it: an agent’s name, or `user`.' }),
    spawned_by: Type.String(),
    created_at: instant('When it was hired.'),
    status: Type.Object({
      phase: stringEnum(['running', 'paused', 'stopped', 'archived'], 'Whether runs start.'),
      ready: Type.Boolean(),
      lastSeen: Type.Optional(instant('When it last did something.')),
      message: Type.Optional(Type.String()),
    }),
  },
  {
    additionalProperties: true,
    description: 'Carries what was configured beside the named fields: skills, channels, resources, …',
  },
);
export type Employee = Static<typeof Employee>;

/** What an agent is at (ours: the seeds have it in the dashboard only). */
export const EmployeeDetail = Type.Object(
  {
    ...Employee.properties,
    work: Type.Object({
      run_id: nullable(Type.String({ description: 'The run under way, or the next.' })),
      status: stringEnum(['idle', 'queued', 'running'], 'What the agent does now.'),
      current_step: nullable(Type.String({ description: 'The tool or the model at work.' })),
      waiting_for: nullable(Type.String({ description: 'Why the next run does not start.' })),
      spent_today_credits: Type.Number(),
      cap_today_credits: Type.Number(),
      tools: nullable(
        Type.Object(
          { count: Type.Integer(), tokens: Type.Integer() },
          { description: 'What it was offered in its newest run by a model, and what that adds to each call.' },
        ),
      ),
      sandbox: Type.Object({
        kind: stringEnum(['bubblewrap', 'none'], 'What holds its commands and programs.'),
        description: Type.String(),
      }),
      budgets: Type.Array(
        Type.Object({
          scope: stringEnum(['agent', 'office'], 'Whose limit it is.'),
          period: stringEnum(['day', 'month'], 'UTC.'),
          cap_credits: Type.Number(),
          spent_credits: Type.Number(),
          held_credits: Type.Number({ description: 'Set aside for calls under way.' }),
          resets_at: instant('When it is fresh again.'),
        }),
      ),
      last_failure: nullable(
        Type.Object({
          code: Type.String(),
          message: Type.String(),
          mend: Type.String({ description: 'What to do about it.' }),
          at: instant('When it happened.'),
        }),
      ),
    }),
  },
  { additionalProperties: true },
);
export type EmployeeDetail = Static<typeof EmployeeDetail>;

const actions = ['start', 'stop', 'pause', 'resume', 'restart'] as const;
/** Seed: mitosis-sdk-reference 7.2; `pause` and `resume` are other words for `stop` and `start`. */
export const EmployeeAction = closed({
  action: stringEnum(actions, 'What to do with it.'),
  params: Type.Optional(closed({ note: Type.Optional(Type.String({ maxLength: 2_000 })) })),
});
export type EmployeeAction = Static<typeof EmployeeAction>;

/** Seed: mitosis-sdk-reference 7.2. A skill is a folder `skills/<name>` with a SKILL.md on the office's drive. */
export const SkillsRequest = closed({
  add: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
  remove: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
});
export type SkillsRequest = Static<typeof SkillsRequest>;

export const LogsQuery = Type.Object({
  tail: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Lines; 100 when left out.' })),
});
export const EmployeeLogs = Type.Object({ logs: Type.String(), pod: Type.String({ description: 'Where it runs.' }) });
export type EmployeeLogs = Static<typeof EmployeeLogs>;

export const ActivityQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  category: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Comma-separated: task, message, standup, session, xmtp, lifecycle, chat, terminal.',
    }),
  ),
  since: Type.Optional(Type.String({ maxLength: 40, description: 'ISO 8601 or milliseconds.' })),
});
export const ActivityEvent = Type.Object({
  id: Type.String(),
  category: Type.String(),
  type: Type.String(),
  summary: Type.String(),
  timestamp: instant('When it happened.'),
  metadata: Type.Record(Type.String(), Type.Unknown()),
});
export type ActivityEvent = Static<typeof ActivityEvent>;

export const Presence = Type.Object({
  online: Type.Boolean(),
  last_seen: Type.Optional(instant('When it last did something.')),
});
export type Presence = Static<typeof Presence>;

export const LastError = Type.Object({
  error: Type.Optional(Type.String()),
  code: Type.Optional(Type.String()),
  timestamp: Type.Optional(instant('When it failed.')),
  mend: Type.Optional(nullable(Type.String())),
});
export type LastError = Static<typeof LastError>;
