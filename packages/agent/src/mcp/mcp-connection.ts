import type { JsonObject } from '@guildhall/kernel';
import {
  type CallToolResult,
  Client,
  ProtocolError,
  SdkHttpError,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { McpFailure, SessionLost, wordFailure } from './failure.ts';
import { openHttpLine } from './http-line.ts';
import type { Line } from './line.ts';
import { secretHider } from './secrets.ts';
import type { McpServerPlace } from './server-place.ts';
import { openStdioLine } from './stdio-line.ts';
import { fetchToolList, type RemoteTool, type ToolList } from './tool-list.ts';
import { untilAborted } from './until-aborted.ts';

/** A server that answers. Every error of it is a `McpFailure`, except the reason of a caller's own signal. */
export class McpConnection {
  readonly #client: Client;
  readonly #line: Line;
  readonly #place: McpServerPlace;
  readonly #hide: (text: string) => string;
  readonly #ended = Promise.withResolvers<void>();
  #list: Promise<ToolList> | undefined;

  private constructor(place: McpServerPlace, line: Line, mode: VersionNegotiationMode) {
    this.#place = place;
    this.#line = line;
    this.#hide = secretHider(place.settings);
    this.#client = new Client(
      { name: 'guildhall', version: '0.1.0' },
      {
        capabilities: {},
        versionNegotiation: { mode },
        // Nobody is there who could answer a server's questions in the middle of a call.
        inputRequired: { autoFulfill: false },
        listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => this.#forgetList() } },
      },
    );
    this.#client.onclose = () => this.#ended.resolve();
  }

  /** Resolves when the connection is no more, for whatever reason. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Starts the server, or reaches it. Over by `startTimeoutMs`, and by the signal. */
  static async open(place: McpServerPlace, signal: AbortSignal): Promise<McpConnection> {
    const all = AbortSignal.any([signal, AbortSignal.timeout(place.startTimeoutMs)]);
    if (place.settings.transport === 'http') return McpConnection.#dial(place, 'auto', all);
    try {
      // Some programs end at any first word but the old greeting, and those that know the new one nearly all know both.
      return await McpConnection.#dial(place, 'legacy', all);
    } catch (error) {
      if (!(error instanceof McpFailure && error.cause instanceof ProtocolError)) throw error;
      return McpConnection.#dial(place, 'auto', all);
    }
  }

  static async #dial(place: McpServerPlace, mode: VersionNegotiationMode, signal: AbortSignal): Promise<McpConnection> {
    let line: Line | undefined;
    try {
      signal.throwIfAborted();
      const { settings } = place;
      line =
        settings.transport === 'stdio' ? await openStdioLine(settings, place) : openHttpLine(settings, place.rules);
      const connection = new McpConnection(place, line, mode);
      const options = { signal, timeout: place.startTimeoutMs };
      await untilAborted(connection.#client.connect(line.transport, options), signal);
      return connection;
    } catch (error) {
      await line?.close();
      throw wordFailure(signal.aborted ? signal.reason : error, secretHider(place.settings), line?.ending());
    }
  }

  /** The server's tools: asked for once, and again after it said that they have changed. */
  tools(signal: AbortSignal): Promise<ToolList> {
    const list = this.#list ?? this.#fetchList();
    this.#list = list;
    return untilAborted(list, signal);
  }

  /** One call. The promise ends at once when the signal is aborted, and the server is told. */
  async call(tool: RemoteTool, input: JsonObject, signal: AbortSignal): Promise<CallToolResult> {
    try {
      return await this.#client.callTool(
        { name: tool.name, arguments: input },
        { signal, timeout: this.#place.callTimeoutMs, toolDefinition: tool.definition },
      );
    } catch (error) {
      signal.throwIfAborted();
      // Only a server with sessions says 404 to a call; it has not looked at it.
      const isLost =
        error instanceof SdkHttpError && error.status === 404 && this.#line.transport.sessionId !== undefined;
      throw isLost ? new SessionLost(error) : wordFailure(error, this.#hide, this.#line.ending());
    }
  }

  async close(): Promise<void> {
    await this.#line.close();
    await this.#client.close();
    this.#ended.resolve();
  }

  async #fetchList(): Promise<ToolList> {
    const timeoutMs = this.#place.startTimeoutMs;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      return await fetchToolList(this.#client, { hide: this.#hide, timeoutMs, signal });
    } catch (error) {
      this.#forgetList();
      throw wordFailure(error, this.#hide, this.#line.ending());
    }
  }

  #forgetList(): void {
    this.#list = undefined;
  }
}
