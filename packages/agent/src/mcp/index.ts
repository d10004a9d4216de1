// A door of its own: what the protocol's library loads is much, and most houses never need it.
export { McpServers } from './mcp-servers.ts';
