import { canonicalJson, type Json, type JsonObject, parseSessionFrame } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';

/** What our agents can do over chat, each with the tool that it needs; chat needs none. */
const CAPABILITIES = { chat: undefined, memory: 'memory_ask', files: 'drive_read', tasks: 'tasks_create' };

export function isControlFrame(content: string): boolean {
  return parseSessionFrame(content) !== undefined;
}

/** Whether whoever is told this owes an acknowledgement. */
export function opensSession(content: string): boolean {
  return parseSessionFrame(content)?.type === '__SESSION_START__';
}

/** The acknowledgement of one of our agents for whoever opened a session, with what it can do: what it was told off it does not say. */
export async function acknowledgementOf(tx: Context, agentId: string, content: string): Promise<string> {
  const agent = await tx.db
    .selectFrom('agents')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .select(['agents.profile', 'offices.settings'])
    .where('agents.id', '=', agentId)
    .executeTakeFirstOrThrow();
  const words = [agent.settings.tools, objectIn(agent.profile.customConfig).tools].map(objectIn);
  const capabilities = Object.entries(CAPABILITIES)
    .filter(([, tool]) => tool === undefined || words.every((tools) => tools[tool] !== 'off'))
    .map(([capability]) => capability);
  const session_id = parseSessionFrame(content)?.session_id;
  return canonicalJson({ type: '__SESSION_ACK__', session_id, capabilities });
}

function objectIn(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
