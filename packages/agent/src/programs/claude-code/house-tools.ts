import type { ToolBox, ToolSpec } from '../../dispatch/tool.ts';

/** What the house's server is called in the program. */
export const HOUSE_SERVER = 'guildhall';
const PREFIX = `mcp__${HOUSE_SERVER}__`;

/** The house's tools that the program gets. Its own shell and file tools do what ours do, in the same folder. */
export function offeredTools(toolBox: ToolBox): ToolSpec[] {
  return toolBox.specs.filter(({ name }) => name !== 'shell' && !name.startsWith('workspace_'));
}

/** The house's name of a tool that the program calls by its own; undefined when it is none of the house's. */
export function houseToolName(programName: string): string | undefined {
  return programName.startsWith(PREFIX) ? programName.slice(PREFIX.length) : undefined;
}

/** How the program calls the house's tools, for its instructions. */
export const NAMING = `The house's tools come from the server "${HOUSE_SERVER}": task_complete is ${PREFIX}task_complete, and so on. Your files are in your working folder.`;
