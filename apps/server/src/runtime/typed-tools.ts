import { type ToolBox, ToolError, type ToolName, type Tools } from '@guildhall/agent';
import { canonicalJson, type JsonObject, sha256Hex } from '@guildhall/kernel';

/**
 * The tool box for drivers that are code. Such a driver does the same again when its run is taken over, so a call is known by
 * what it asks for and by how often that was asked before.
 */
export function typedTools(toolBox: ToolBox): Tools {
  const asked = new Map<string, number>();
  return {
    call: async (name: ToolName, input) => {
      const hash = sha256Hex(canonicalJson({ name, input })).slice(0, 24);
      const count = (asked.get(hash) ?? 0) + 1;
      asked.set(hash, count);
      const answer = await toolBox.call({ callId: `${hash}.${count}`, name, input: input as JsonObject });
      if (answer.status === 'refused') throw new ToolError(name, answer.message, answer.detail);
      return answer.result as never;
    },
  };
}
