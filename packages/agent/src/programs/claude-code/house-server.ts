import type { JsonObject } from '@guildhall/kernel';
import type { ToolAnswer } from '../../dispatch/tool.ts';
import { answerMcp, type HouseCall, type OfferedTools } from '../house-mcp.ts';
import { textIn } from '../json-fields.ts';

const TOOL_USE_ID = 'claudecode/toolUseId';

/**
 * Answers one message to the house's server, whose wire is the program's own standard streams, so it needs no network for
 * it. A notification is answered with an empty result, as the program expects.
 */
export async function answerOnStream(
  message: JsonObject,
  offered: OfferedTools,
  call: (call: HouseCall) => Promise<ToolAnswer>,
): Promise<JsonObject> {
  return (await answerMcp(message, offered, call)) ?? { jsonrpc: '2.0', id: 0, result: {} };
}

/** The program's id of the call, when it tells it. */
export function toolUseIdOf({ meta }: HouseCall): string | undefined {
  return textIn(meta, TOOL_USE_ID) || undefined;
}
