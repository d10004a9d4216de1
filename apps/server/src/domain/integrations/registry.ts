/** A service of others that agents may be given a credential of (spec: mitosis.md 3.4). */
export interface Integration {
  id: string;
  name: string;
  description: string;
  category: 'llm' | 'communication' | 'services';
  /** Words that people look for it by. */
  aliases: readonly string[];
  /** The variable in which the commands of an agent find the credential, as the service's own tools read it. */
  variable: string;
}

const llm = 'llm' as const;
const communication = 'communication' as const;
const services = 'services' as const;

export const registry: readonly Integration[] = [
  of('anthropic', 'Anthropic', llm, 'ANTHROPIC_API_KEY', 'Claude models.', ['claude']),
  of('claude-code', 'Claude Code', llm, 'CLAUDE_CODE_API_KEY', 'The program Claude Code.', ['claude']),
  of('openai', 'OpenAI', llm, 'OPENAI_API_KEY', 'GPT models.', ['gpt', 'chatgpt']),
  of('openrouter', 'OpenRouter', llm, 'OPENROUTER_API_KEY', 'Models of many providers.', []),
  of('google', 'Google Gemini', llm, 'GEMINI_API_KEY', 'Gemini models.', ['gemini']),
  of('slack', 'Slack', communication, 'SLACK_BOT_TOKEN', 'Messages in Slack.', []),
  of('discord', 'Discord', communication, 'DISCORD_TOKEN', 'Messages in Discord.', []),
  of('telegram', 'Telegram', communication, 'TELEGRAM_BOT_TOKEN', 'Messages in Telegram.', []),
  of('github', 'GitHub', services, 'GITHUB_TOKEN', 'Repositories, issues and pull requests.', ['git', 'code']),
  of('gitlab', 'GitLab', services, 'GITLAB_TOKEN', 'Repositories, issues and merge requests.', ['git', 'code']),
  of('linear', 'Linear', services, 'LINEAR_API_KEY', 'Issues and projects.', ['issues']),
  of('notion', 'Notion', services, 'NOTION_TOKEN', 'Pages and databases.', ['notes']),
  of('elevenlabs', 'ElevenLabs', services, 'ELEVENLABS_API_KEY', 'Speech.', ['voice']),
  of('brave-search', 'Brave Search', services, 'BRAVE_API_KEY', 'Search of the web.', ['search']),
];

function of(
  id: string,
  name: string,
  category: Integration['category'],
  variable: string,
  description: string,
  aliases: string[],
): Integration {
  return { id, name, category, variable, description, aliases };
}

/** The integration of that id; undefined when there is none. */
export function knownIntegration(id: string): Integration | undefined {
  return registry.find((integration) => integration.id === id);
}
