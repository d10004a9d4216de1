import { canonicalJson, clipText, type Json, type JsonObject, sha256Hex } from '@guildhall/kernel';
import type { Tool } from '../dispatch/tool.ts';
import type { ProcessUsage } from '../sandbox/process-usage.ts';
import type { ResourceGroup } from '../sandbox/resource-group.ts';
import { ToolError } from '../tools.ts';
import type { EgressRules } from '../web/egress.ts';
import { McpFailure, wordFailure } from './failure.ts';
import { ManagedServer } from './managed-server.ts';
import type { McpConnection } from './mcp-connection.ts';
import { secretHider } from './secrets.ts';
import type { McpServerSettings } from './server-settings.ts';
import type { RemoteTool } from './tool-list.ts';
import { offeredNames } from './tool-name.ts';
import { toolResult } from './tool-result.ts';

export interface McpServersOptions {
  /** A server that no call has used for so long is stopped. */
  idleMs: number;
  /** Where stdio servers may write: each gets a folder of its own below it, HOME for it. */
  folder: string;
  callTimeoutMs: number;
  startTimeoutMs: number;
  /** Hears what a program of an owner has used, when it has ended. */
  onUsage?: (owner: string, usage: ProcessUsage) => void;
}

/** Exactly one configuration of one server of one owner. */
interface Configured {
  owner: string;
  server: string;
  settings: McpServerSettings;
  rules: EgressRules;
  group?: ResourceGroup;
  /** Tells configurations apart. */
  hash: string;
}

/** What is wrong with a server, for people. */
interface McpProblem {
  server: string;
  message: string;
}

const ERROR_CHARS_MAX = 4_000;

/** Started on demand, shared by the runs of an office, stopped when idle. */
export class McpServers {
  readonly #options: McpServersOptions;
  /** By owner and server: those that calls go to. */
  readonly #current = new Map<string, { hash: string; managed: ManagedServer }>();
  /** Those too that have been replaced and still have a call under way. */
  readonly #all = new Set<ManagedServer>();
  #isClosed = false;

  constructor(options: McpServersOptions) {
    this.#options = options;
  }

  /**
   * The tools of these servers, as tools of ours; `group` is what those of this owner may use together. A server that does not answer is in `problems` (worded for people, no
   * secret), and does not stop the others. Servers are never shared between owners.
   */
  async tools<Scope>(
    owner: string,
    servers: Record<string, McpServerSettings>,
    rules: EgressRules,
    signal: AbortSignal,
    group?: ResourceGroup,
  ): Promise<{ tools: Tool<Scope>[]; problems: McpProblem[] }> {
    const shared = group === undefined ? {} : { group };
    const found = await Promise.all(
      Object.entries(servers).map(([server, settings]) => {
        const hash = sha256Hex(canonicalJson({ settings, rules: rules.privateHosts }));
        return this.#toolsOf<Scope>({ owner, server, settings, rules, hash, ...shared }, signal);
      }),
    );
    return { tools: found.flatMap((one) => one.tools), problems: found.flatMap((one) => one.problems) };
  }

  /** Ends every server (its process group too). */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#current.clear();
    await Promise.all([...this.#all].map((managed) => this.#end(managed)));
  }

  async #toolsOf<Scope>(
    configured: Configured,
    signal: AbortSignal,
  ): Promise<{ tools: Tool<Scope>[]; problems: McpProblem[] }> {
    const { server } = configured;
    try {
      this.#replace(configured);
      const list = await this.#use(configured, (connection) => connection.tools(signal), signal);
      const names = offeredNames(
        server,
        list.tools.map((tool) => tool.name),
      );
      return {
        tools: list.tools.map((tool) => this.#offer<Scope>(configured, tool, names.get(tool.name) ?? tool.name)),
        problems: list.problems.map((message) => ({ server, message })),
      };
    } catch (error) {
      signal.throwIfAborted();
      return { tools: [], problems: [{ server, message: worded(error, configured).message }] };
    }
  }

  #offer<Scope>(configured: Configured, tool: RemoteTool, name: string): Tool<Scope> {
    const { description, inputSchema, risk } = tool;
    // What a server does is done when it answers; no transaction of ours can take it back.
    const isAtomic = false;
    const run: Tool<Scope>['run'] = (input, at) => this.#call(configured, tool, name, input, at.signal);
    return { name, description, inputSchema, risk, isAtomic, run };
  }

  async #call(
    configured: Configured,
    tool: RemoteTool,
    name: string,
    input: JsonObject,
    signal: AbortSignal,
  ): Promise<Json> {
    try {
      const answer = await this.#use(configured, (connection) => connection.call(tool, input, signal), signal);
      const result = toolResult(answer);
      if (answer.isError !== true) return result;
      const said = typeof result.text === 'string' ? result.text : JSON.stringify(result);
      throw new ToolError(name, clipText(secretHider(configured.settings)(said), ERROR_CHARS_MAX));
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ToolError ? error : new ToolError(name, worded(error, configured).message);
    }
  }

  #use<T>(configured: Configured, work: (connection: McpConnection) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#isClosed) throw new McpFailure('The server is not started, because the house is shutting down.');
    const key = keyOf(configured);
    const current = this.#current.get(key);
    // A run that began before the change must act neither with the new credential nor with the old one.
    if (current !== undefined && current.hash !== configured.hash)
      throw new McpFailure('The settings of the server were changed. Its tools are there again in the next turn.');
    if (current !== undefined) return current.managed.use(work, signal);
    const managed: ManagedServer = new ManagedServer(
      { ...configured, ...this.#options },
      {
        idleMs: this.#options.idleMs,
        onUnused: () => {
          if (this.#current.get(key)?.managed === managed) this.#current.delete(key);
          void this.#end(managed);
        },
      },
    );
    this.#current.set(key, { hash: configured.hash, managed });
    this.#all.add(managed);
    return managed.use(work, signal);
  }

  /** Whoever asks for tools brings the settings that hold from now on. */
  #replace(configured: Configured): void {
    const current = this.#current.get(keyOf(configured));
    if (current === undefined || current.hash === configured.hash) return;
    this.#current.delete(keyOf(configured));
    current.managed.retire();
  }

  async #end(managed: ManagedServer): Promise<void> {
    await managed.close();
    this.#all.delete(managed);
  }
}

function keyOf({ owner, server }: Configured): string {
  return `${owner}\0${server}`;
}

function worded(error: unknown, { settings }: Configured): McpFailure {
  return wordFailure(error, secretHider(settings));
}
