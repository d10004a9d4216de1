import Type, { type Static } from 'typebox';
import { closed, instant, nullable, open, stringEnum } from '../shapes.ts';
import { OfficeParams } from './offices.ts';

export const EmployeeParams = Type.Object({
  ...OfficeParams.properties,
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
  role: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'What it works as, in a few words, and is told so. `general` when it was never said.',
    }),
  ),
  modelTier: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        '`haiku`, `sonnet`, `opus`, a model id, or `none` for rules. Left out at hiring, the office’s default_model_tier.',
    }),
  ),
  modelProvider: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        '`anthropic`, `openai`, `openrouter` or `compatible`; any other word lets the house choose. Left out at hiring, the office’s default_model_provider.',
    }),
  ),
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
  skills: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 100,
      description: 'Names of skills, each a folder `skills/<name>` on the drive; the first 50 count.',
    }),
  ),
  channels: Type.Optional(AnyObject('Kept as sent: whatsapp, discord, telegram, signal, xmtp.')),
  resources: Type.Optional(
    AnyObject(
      'cpuLimit and memoryLimit hold its commands, programs and browser together, as Kubernetes quantities: 500m or 1.5 of a processor, 512Mi or 2Gi. cpuRequest and memoryRequest are kept. Within the quota of the office.',
    ),
  ),
  storage: Type.Optional(Type.Unknown({ description: 'Kept as sent.' })),
  selfConfigure: Type.Optional(Type.Boolean({ description: 'Kept as sent.' })),
  autoUpdate: Type.Optional(Type.Boolean({ description: 'Kept as sent.' })),
  chromium: Type.Optional(
    Type.Boolean({ description: 'Kept as sent; a browser is there for every agent when the machine has one.' }),
  ),
  webTerminal: Type.Optional(Type.Boolean({ description: 'Kept as sent.' })),
  backup: Type.Optional(AnyObject('Kept as sent: schedule, enabled.')),
  imageTag: Type.Optional(Type.String({ maxLength: 200, description: 'Kept as sent.' })),
  systemPrompt: Type.Optional(
    Type.String({
      maxLength: 100_000,
      description:
        'Who it is and how it works: told in every turn, above its own files. A change holds from the next run on.',
    }),
  ),
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
  customConfig: Type.Optional(
    AnyObject('Kept and given back as sent; `tools` in it ({name: allowed | ask | off}) says what the agent may do.'),
  ),
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

/** What the seed's types have in hiring and in changing alike. */
const whole = {
  botId: Type.Optional(Type.String({ maxLength: 200, description: 'Kept as sent.' })),
  bedrockCredentials: Type.Optional(Type.Unknown({ description: 'Not stored yet: answered with 501.' })),
  restoreFromBackup: Type.Optional(Type.Unknown({ description: 'Not available yet: answered with 501.' })),
};

export const HireRequest = closed({
  name: Type.String({
    maxLength: 300,
    description:
      'Unique in the office; letters, digits, `.`, `-`, `_`, at most 63. No number and no id. Words such as `user` and `all` are taken.',
  }),
  ...profile,
  ...whole,
  agentKit: Type.Optional(AnyObject('owner, personality and task queue settings; kept as sent.')),
});
export type HireRequest = Static<typeof HireRequest>;

export const UpdateEmployeeRequest = closed({ ...profile, ...whole });
export type UpdateEmployeeRequest = Static<typeof UpdateEmployeeRequest>;

export const Employee = Type.Object(
  {
    id: Type.String({
      description: 'Good wherever a name is asked for; other answers call it `bot_id` or `employee_id` too.',
    }),
    number: Type.Integer({ description: 'What the ops API calls `id`.' }),
    name: Type.String({ description: 'Unique in the office; in groups it is woken as `@name`.' }),
    role: Type.String({ description: '`general` when it was never said, `external` of one that joined by an invite.' }),
    modelTier: Type.String({ description: 'As it was asked for: a tier, a model id, or `none`.' }),
    modelProvider: Type.String({ description: 'As it was asked for; `none` when the house chooses.' }),
    driver: Type.String({ description: 'What thinks for the agent; `reflex` works by rules, without a model.' }),
    systemPrompt: Type.String({
      description: 'What it is told in every turn, above its own files; empty for nothing.',
    }),
    dailyCapCredits: Type.Number({ description: 'What it may use in a UTC day; 0 means nothing.' }),
    monthlyCapCredits: nullable(
      Type.Number({ description: 'What it may use in a calendar month (UTC); null for no such cap.' }),
    ),
    runMode: stringEnum(['task', 'cron', 'both'], 'What wakes it.'),
    spawnedBy: Type.String({ description: 'Who hired it: an agent’s name, or `user`.' }),
    spawned_by: Type.String({ description: 'As `spawnedBy`.' }),
    created_at: instant('When it was hired.'),
    status: Type.Object(
      {
        phase: stringEnum(['running', 'paused', 'stopped', 'archived'], 'Whether runs start.'),
        ready: Type.Boolean({
          description: 'Whether work is done now: its runs start, or it lives elsewhere and is online.',
        }),
        lastSeen: Type.Optional(instant('When it last did something.')),
        message: Type.Optional(
          Type.String({
            description: 'Why it works by rules, or by something else than was asked for; left out when neither is so.',
          }),
        ),
      },
      { description: 'Whether it works.' },
    ),
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
    work: Type.Object(
      {
        run_id: nullable(Type.String({ description: 'The run under way, or the next.' })),
        status: stringEnum(['idle', 'queued', 'running'], 'What the agent does now.'),
        current_step: nullable(Type.String({ description: 'The tool or the model at work.' })),
        waiting_for: nullable(Type.String({ description: 'Why the next run does not start.' })),
        spent_today_credits: Type.Number({
          description: 'Since midnight UTC, without what is held for calls under way.',
        }),
        cap_today_credits: Type.Number({ description: 'As `dailyCapCredits`.' }),
        tools: nullable(
          Type.Object(
            {
              count: Type.Integer({ description: 'How many it could call.' }),
              tokens: Type.Integer({ description: 'What their descriptions take, estimated.' }),
            },
            { description: 'What it was offered in its newest run by a model, and what that adds to each call.' },
          ),
        ),
        sandbox: Type.Object(
          {
            kind: stringEnum(['bubblewrap', 'none'], 'What holds its commands and programs.'),
            description: Type.String({ description: 'The same for people, and what is missing when it is `none`.' }),
          },
          { description: 'Of this machine, the same for all its agents.' },
        ),
        budgets: Type.Array(
          Type.Object({
            scope: stringEnum(['agent', 'office'], 'Whose limit it is.'),
            period: stringEnum(['day', 'month'], 'UTC.'),
            cap_credits: Type.Number({ description: '0 lets nothing be spent.' }),
            spent_credits: Type.Number({ description: 'In this period so far.' }),
            held_credits: Type.Number({ description: 'Set aside for calls under way.' }),
            resets_at: instant('When it is fresh again.'),
          }),
          { description: 'Every limit that its runs are held to, its own and the office’s; those that are set.' },
        ),
        last_failure: nullable(
          Type.Object(
            {
              code: Type.String({ description: 'Stable, such as `budget_exhausted` or `model_unavailable`.' }),
              message: Type.String({ description: 'What happened, for people.' }),
              mend: Type.String({ description: 'What to do about it.' }),
              at: instant('When it happened.'),
            },
            { description: 'Of a run; stays when later ones succeed. Null before the first.' },
          ),
        ),
      },
      { description: 'What it does now, and what it may still spend.' },
    ),
  },
  { additionalProperties: true },
);
export type EmployeeDetail = Static<typeof EmployeeDetail>;

const actions = ['start', 'stop', 'pause', 'resume', 'restart'] as const;
/** Seed: mitosis-sdk-reference 7.2; `pause` and `resume` are other words for `stop` and `start`. */
export const EmployeeAction = closed({
  action: stringEnum(actions, 'What to do with it.'),
  params: Type.Optional(
    open(
      { note: Type.Optional(Type.String({ maxLength: 2_000, description: 'Why; not kept for `restart`.' })) },
      'What goes on record with the action; anything but `note` means nothing here.',
    ),
  ),
});
export type EmployeeAction = Static<typeof EmployeeAction>;

/** Seed: mitosis-sdk-reference 7.2. A skill is a folder `skills/<name>` with a SKILL.md on the office's drive. */
export const SkillsRequest = closed({
  add: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 50,
      description: 'Names: letters, digits, `_`, `-`, `.`, at most 64. An agent has at most 50.',
    }),
  ),
  remove: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 50,
      description: 'Names; those that it does not have are passed over.',
    }),
  ),
});
export type SkillsRequest = Static<typeof SkillsRequest>;

export const LogsQuery = Type.Object({
  tail: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Lines; 100 when left out.' })),
});
export const EmployeeLogs = Type.Object({
  logs: Type.String({ description: 'A time and an event a line, oldest first.' }),
  pod: Type.String({ description: 'Where it runs; empty for one that lives elsewhere.' }),
});
export type EmployeeLogs = Static<typeof EmployeeLogs>;

export const ActivityQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: '20 when left out.' })),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100_000, description: 'How many of the newest to skip; 0 when left out.' }),
  ),
  category: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Comma-separated: task, message, standup, session, xmtp, lifecycle, chat, terminal.',
    }),
  ),
  since: Type.Optional(Type.String({ maxLength: 40, description: 'ISO 8601 or milliseconds.' })),
});
export const ActivityEvent = Type.Object({
  id: Type.String({ description: 'Number of the event in the organisation’s log, as text.' }),
  category: stringEnum(
    ['task', 'message', 'standup', 'session', 'xmtp', 'lifecycle', 'chat', 'terminal'],
    'What it was about; nothing is a standup so far.',
  ),
  type: Type.String({ description: 'As `task.claimed`.' }),
  summary: Type.String({ description: 'One line for people.' }),
  timestamp: instant('When it happened.'),
  metadata: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What the event told; its fields go by `type`.',
  }),
});
export type ActivityEvent = Static<typeof ActivityEvent>;

export const Presence = Type.Object({
  online: Type.Boolean({
    description:
      'Of one that lives elsewhere, for two minutes after it was last heard of; of one of the house, unless it is stopped or archived.',
  }),
  last_seen: Type.Optional(instant('When it last did something.')),
});
export type Presence = Static<typeof Presence>;

export const LastError = Type.Object({
  error: Type.Optional(
    Type.String({ description: 'What happened, for people. This and all else is left out when nothing has failed.' }),
  ),
  code: Type.Optional(Type.String({ description: 'Stable, such as `budget_exhausted` or `model_unavailable`.' })),
  timestamp: Type.Optional(instant('When it failed.')),
  mend: Type.Optional(nullable(Type.String({ description: 'What to do about it; null when nothing is known.' }))),
});
export type LastError = Static<typeof LastError>;
