import type { JsonObject } from '@guildhall/kernel';
import type { ModelCredential } from '../../model/credential-pool.ts';
import type { ModelProvider, ModelRef } from '../../model/model-ref.ts';
import type { HouseHttpServer } from '../house-http-server.ts';
import { HOUSE_SERVER } from '../house-mcp.ts';
import { addressOf } from '../model-gateway.ts';
import type { ProgramSpec } from '../program-host.ts';

/** What OpenClaw is started with. */
export interface OpenClawCommand {
  path: string;
  /** Its own name of the agent, in the state that it keeps in its home. */
  agent: string;
  model: ModelRef;
  session: string;
  message: string;
  timeoutMs: number;
  credential: ModelCredential;
  house: Pick<HouseHttpServer, 'url' | 'authorization'>;
}

/** An argument may have 128 KiB on Linux. */
export const MESSAGE_BYTES_MAX = 120_000;

const KEY_VARIABLES: Readonly<Record<ModelProvider, string | undefined>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
  openrouter: 'OPENROUTER_API_KEY',
  google: undefined,
  compatible: undefined,
};
const WIRES: Readonly<Record<ModelProvider, string>> = {
  anthropic: 'anthropic-messages',
  openai: 'openai-completions',
  openrouter: 'openai-completions',
  google: 'openai-completions',
  compatible: 'openai-completions',
};

/**
 * Another address can be told to OpenClaw only in its configuration file, and only a shell in its place knows where its home
 * and its working folder are. The file is written anew at each start, so an agent cannot loosen it for the next one.
 */
const SHELL = [
  'mkdir -p "$HOME/.openclaw"',
  'printf %s "$GUILDHALL_OPENCLAW_CONFIG" > "$HOME/.openclaw/guildhall.json"',
  'unset GUILDHALL_OPENCLAW_CONFIG',
  'export OPENCLAW_CONFIG_PATH="$HOME/.openclaw/guildhall.json" OPENCLAW_WORKSPACE_DIR="$PWD"',
  'exec "$@"',
].join(' && ');

/** Whether OpenClaw can be given this credential: it takes API keys only. */
export function isUsable(credential: ModelCredential): boolean {
  return KEY_VARIABLES[credential.provider] !== undefined && !credential.secret.startsWith('sk-ant-oat');
}

/** How OpenClaw is started for one turn of a session. */
export function openClawCommand(command: OpenClawCommand): ProgramSpec {
  const { path, agent, model, session, message, timeoutMs, credential, house } = command;
  const variable = KEY_VARIABLES[credential.provider];
  return {
    file: '/bin/sh',
    args: [
      ...['-c', SHELL, 'openclaw', path, 'agent', '--agent', agent, '--local', '--json'],
      ...['--model', `${model.provider}/${model.model}`, '--session-id', session],
      ...['--timeout', String(Math.ceil(timeoutMs / 1_000)), '--message', message],
    ],
    reaches: [addressOf(credential), house.url],
    environment: {
      ...(variable === undefined ? {} : { [variable]: credential.secret }),
      GUILDHALL_OPENCLAW_CONFIG: JSON.stringify(configFor(command)),
      OPENCLAW_NO_AUTO_UPDATE: '1',
      DO_NOT_TRACK: '1',
    },
  };
}

/**
 * The house's tools and none of its own: it would ask nobody before it uses those. What they did, the house's do, in the same
 * folder: decided about, recorded before and after, and held by the sandbox.
 */
function configFor({ credential: { provider, baseUrl }, house, timeoutMs }: OpenClawCommand): JsonObject {
  const address = provider === 'anthropic' ? baseUrl?.replace(/\/v1$/, '') : baseUrl;
  const server = {
    url: house.url,
    transport: 'streamable-http',
    headers: { Authorization: house.authorization },
    // What the house does takes as long as it takes.
    requestTimeoutMs: timeoutMs,
  };
  return {
    agents: { defaults: { skipBootstrap: true } },
    // The house's tools have to be there from the beginning, not behind a search.
    tools: { profile: 'coding', deny: DENIED, toolSearch: false },
    mcp: { servers: { [HOUSE_SERVER]: server } },
    ...(address === undefined
      ? {}
      : { models: { providers: { [provider]: { baseUrl: address, api: WIRES[provider], models: [] } } } }),
  };
}

const DENIED = [
  'group:runtime',
  'group:fs',
  'group:web',
  'group:ui',
  'group:messaging',
  'group:automation',
  'group:sessions',
  'group:nodes',
];
