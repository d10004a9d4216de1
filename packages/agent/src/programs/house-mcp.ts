import type { JsonObject } from '@guildhall/kernel';
import type { ToolAnswer, ToolBox, ToolSpec } from '../dispatch/tool.ts';
import { objectIn, textIn } from './json-fields.ts';

/** What the house's server is called in a program. */
export const HOUSE_SERVER = 'guildhall';

/** A call of one of the house's tools, as it comes over the protocol. */
export interface HouseCall {
  name: string;
  input: JsonObject;
  /** What the program tells beside it. */
  meta: JsonObject;
}

const PROTOCOL_VERSION = '2025-06-18';
const METHOD_NOT_FOUND = -32_601;

/** The tools that a program is offered. */
export interface OfferedTools extends Pick<ToolBox, 'isReadOnly'> {
  specs: readonly ToolSpec[];
}

/** For a program that asks before it uses its own shell and file tools: those do what ours do, in the same folder. */
export function toolsBesideItsOwn(toolBox: ToolBox): OfferedTools {
  return {
    specs: toolBox.specs.filter(({ name }) => name !== 'shell' && !name.startsWith('workspace_')),
    isReadOnly: (name) => toolBox.isReadOnly(name),
  };
}

/**
 * The house's tools as an MCP server, whatever its wire. Takes one JSON-RPC message and answers it; undefined for a
 * notification, which has no answer. Throws what `call` throws: then the turn is over, and so is the program.
 */
export async function answerMcp(
  message: JsonObject,
  offered: OfferedTools,
  call: (call: HouseCall) => Promise<ToolAnswer>,
): Promise<JsonObject | undefined> {
  const { id } = message;
  if (id === undefined || id === null) return undefined;
  const answer = (result: JsonObject): JsonObject => ({ jsonrpc: '2.0', id, result });
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
      return answer({ tools: offered.specs.map((spec) => described(spec, offered.isReadOnly(spec.name))) });
    case 'tools/call': {
      const input = objectIn(parameters, 'arguments');
      return answer(
        resultOf(await call({ name: textIn(parameters, 'name'), input, meta: objectIn(parameters, '_meta') })),
      );
    }
    default:
      return { jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message: 'This server has tools only.' } };
  }
}

function described(spec: ToolSpec, isReadOnly: boolean): JsonObject {
  return { ...spec, annotations: { readOnlyHint: isReadOnly } };
}

function resultOf(answer: ToolAnswer): JsonObject {
  if (answer.status === 'refused') return { content: [{ type: 'text', text: answer.message }], isError: true };
  const text = typeof answer.result === 'string' ? answer.result : JSON.stringify(answer.result);
  return { content: [{ type: 'text', text }] };
}
