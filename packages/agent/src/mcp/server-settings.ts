/** How a server is reached. Secrets stand in `environment` and `headers` and are never in a log, a description or an error. */
export type McpServerSettings =
  | { transport: 'stdio'; command: string; args: string[]; environment: Record<string, string> }
  | { transport: 'http'; url: string; headers: Record<string, string> };

/** The longest that a server may send at once. Longer is not read: the connection ends. */
export const MESSAGE_BYTES_MAX = 10_000_000;
