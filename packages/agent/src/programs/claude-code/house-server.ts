import type { JsonObject } from '@guildhall/kernel';
import type { ToolAnswer, ToolBox } from '../../dispatch/tool.ts';
import { objectIn, textIn } from './claude-line.ts';
import { HOUSE_SERVER, offeredTools } from './house-tools.ts';

/** A call of one of the house's tools. */
export interface HouseCall {
  name: string;
  input: JsonObject;
  /** The program's id of the call, when it tells it. */
  toolUseId: string | undefined;
}

const PROTOCOL_VERSION = '2025-06-18';
const METHOD_NOT_FOUND = -32_601;
const TOOL_USE_ID = 'claudecode/toolUseId';

/**
 * The house's tools as an MCP server whose wire is the program's own standard streams, so it needs no network for them.
 * Takes one JSON-RPC message and answers it; a notification is answered with an empty result, as the program expects.
 */
export async function answerMcp(
  message: JsonObject,
  toolBox: ToolBox,
  call: (call: HouseCall) => Promise<ToolAnswer>,
): Promise<JsonObject> {
  if (message.id === undefined || message.id === null) return { jsonrpc: '2.0', id: 0, result: {} };
  const answer = (result: JsonObject): JsonObject => ({ jsonrpc: '2.0', id: message.id ?? 0, result });
  const parameters = objectIn(message, 'params');
  switch (message.method) {
    case 'initialize':
      return answer({
        protocolVersion: textIn(parameters, 'protocolVersion') || PROTOCOL_VERSION,
        capabilities: { tools: {} },
        serverInfo: { name: HOUSE_SERVER, version: '1' },
      });
    case 'ping':
      return answer({});
    case 'tools/list':
      return answer({ tools: offeredTools(toolBox).map((spec) => described(spec, toolBox.isReadOnly(spec.name))) });
    case 'tools/call':
      return answer(
        resultOf(
          await call({
            name: textIn(parameters, 'name'),
            input: objectIn(parameters, 'arguments'),
            toolUseId: textIn(objectIn(parameters, '_meta'), TOOL_USE_ID) || undefined,
          }),
        ),
      );
    default:
      return {
        jsonrpc: '2.0',
        id: message.id,
        error: { code: METHOD_NOT_FOUND, message: 'This server has tools only.' },
      };
  }
}

function described(
  spec: { name: string; description: string; inputSchema: JsonObject },
  isReadOnly: boolean,
): JsonObject {
  return { ...spec, annotations: { readOnlyHint: isReadOnly } };
}

function resultOf(answer: ToolAnswer): JsonObject {
  if (answer.status === 'refused') return { content: [{ type: 'text', text: answer.message }], isError: true };
  const text = typeof answer.result === 'string' ? answer.result : JSON.stringify(answer.result);
  return { content: [{ type: 'text', text }] };
}
