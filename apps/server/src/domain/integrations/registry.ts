import type { ChannelName } from '../channels/index.ts';

/** A service of others that agents may be given a credential of (spec: mitosis.md 3.4). */
export interface Integration {
  id: string;
  name: string;
  description: string;
  category: 'llm' | 'communication' | 'services';
  /** Words that people look for it by. */
  aliases: readonly string[];
  /** What the office keeps of it; undefined where the house itself is who the agent is there. */
  credential: IntegrationCredential | undefined;
}

export interface IntegrationCredential {
  /** The variable in which the commands of an agent find it, as the service's own tools read it. */
  variable: string;
  api: IntegrationApi;
}

/** How the service is asked over HTTP: by its own documentation. */
export interface IntegrationApi {
  /** What paths are put behind; `{key}` where the service wants the credential in the address. */
  url: string;
  /** The header that carries the credential; absent when the address does. */
  header?: { name: string; prefix: string };
  /** What every request says beside it. */
  headers?: Readonly<Record<string, string>>;
}

const llm = 'llm' as const;
const communication = 'communication' as const;
const services = 'services' as const;

const bearer = { name: 'authorization', prefix: 'Bearer ' };
const own = (name: string) => ({ name, prefix: '' });
const ANTHROPIC: IntegrationApi = {
  url: 'https://api.anthropic.com',
  header: own('x-api-key'),
  headers: { 'anthropic-version': '2023-06-01' },
};

export const registry: readonly Integration[] = [
  of('anthropic', 'Anthropic', llm, 'ANTHROPIC_API_KEY', 'Claude models.', ['claude'], ANTHROPIC),
  of('claude-code', 'Claude Code', llm, 'CLAUDE_CODE_API_KEY', 'The program Claude Code.', ['claude'], ANTHROPIC),
  of('openai', 'OpenAI', llm, 'OPENAI_API_KEY', 'GPT models.', ['gpt', 'chatgpt'], {
    url: 'https://api.openai.com/v1',
    header: bearer,
  }),
  of('openrouter', 'OpenRouter', llm, 'OPENROUTER_API_KEY', 'Models of many providers.', [], {
    url: 'https://openrouter.ai/api/v1',
    header: bearer,
  }),
  of('openai-codex', 'OpenAI Codex', llm, 'CODEX_API_KEY', 'The program Codex.', ['codex'], {
    url: 'https://api.openai.com/v1',
    header: bearer,
  }),
  of(
    'bedrock',
    'Amazon Bedrock',
    llm,
    'AWS_BEARER_TOKEN_BEDROCK',
    'Models on AWS, by an API key of Bedrock.',
    ['aws'],
    {
      // Another region is another address: `integration_urls`.
      url: 'https://bedrock-runtime.us-east-1.amazonaws.com',
      header: bearer,
    },
  ),
  of('google', 'Google Gemini', llm, 'GEMINI_API_KEY', 'Gemini models.', ['gemini'], {
    url: 'https://generativelanguage.googleapis.com/v1beta',
    header: own('x-goog-api-key'),
  }),
  of('slack', 'Slack', communication, 'SLACK_BOT_TOKEN', 'Messages in Slack.', [], {
    url: 'https://slack.com/api',
    header: bearer,
  }),
  of('discord', 'Discord', communication, 'DISCORD_TOKEN', 'Messages in Discord.', [], {
    url: 'https://discord.com/api/v10',
    header: { name: 'authorization', prefix: 'Bot ' },
  }),
  of('telegram', 'Telegram', communication, 'TELEGRAM_BOT_TOKEN', 'Messages in Telegram.', [], {
    url: 'https://api.telegram.org/bot{key}',
  }),
  network('xmtp', 'XMTP', 'Messages with anybody who has an Ethereum address, end to end encrypted.', ['wallet']),
  of('github', 'GitHub', services, 'GITHUB_TOKEN', 'Repositories, issues and pull requests.', ['git', 'code'], {
    url: 'https://api.github.com',
    header: bearer,
    headers: { 'x-github-api-version': '2022-11-28' },
  }),
  of('gitlab', 'GitLab', services, 'GITLAB_TOKEN', 'Repositories, issues and merge requests.', ['git', 'code'], {
    url: 'https://gitlab.com/api/v4',
    header: own('private-token'),
  }),
  of('linear', 'Linear', services, 'LINEAR_API_KEY', 'Issues and projects.', ['issues'], {
    url: 'https://api.linear.app',
    header: own('authorization'),
  }),
  of('notion', 'Notion', services, 'NOTION_TOKEN', 'Pages and databases.', ['notes'], {
    url: 'https://api.notion.com/v1',
    header: bearer,
    headers: { 'notion-version': '2022-06-28' },
  }),
  of(
    'google-workspace',
    'Google Workspace',
    services,
    'GOOGLE_WORKSPACE_TOKEN',
    'Mail, calendars and files, by an access token.',
    ['gmail', 'gdrive'],
    {
      url: 'https://www.googleapis.com',
      header: bearer,
    },
  ),
  of('tailscale', 'Tailscale', services, 'TAILSCALE_API_KEY', 'Devices and keys of a private network.', ['vpn'], {
    url: 'https://api.tailscale.com/api/v2',
    header: bearer,
  }),
  of('elevenlabs', 'ElevenLabs', services, 'ELEVENLABS_API_KEY', 'Speech.', ['voice'], {
    url: 'https://api.elevenlabs.io/v1',
    header: own('xi-api-key'),
  }),
  of('brave-search', 'Brave Search', services, 'BRAVE_API_KEY', 'Search of the web.', ['search'], {
    url: 'https://api.search.brave.com/res/v1',
    header: own('x-subscription-token'),
  }),
];

/** A network that the house puts agents on, with keys that it makes for them. */
function network(id: ChannelName, name: string, description: string, aliases: string[]): Integration {
  return { id, name, category: communication, description, aliases, credential: undefined };
}

function of(
  id: string,
  name: string,
  category: Integration['category'],
  variable: string,
  description: string,
  aliases: string[],
  api: IntegrationApi,
): Integration {
  return { id, name, category, description, aliases, credential: { variable, api } };
}

/** The integration of that id, or of an alias that no other one has; undefined when there is none. */
export function knownIntegration(idOrAlias: string): Integration | undefined {
  const exact = registry.find(({ id }) => id === idOrAlias);
  if (exact !== undefined) return exact;
  const called = registry.filter(({ aliases }) => aliases.includes(idOrAlias));
  return called.length === 1 ? called[0] : undefined;
}
