import { builtInName } from '../builtin-risk.ts';
import type { ToolNaming } from '../call-book.ts';
import { HOUSE_SERVER } from '../house-mcp.ts';

const PREFIX = `mcp__${HOUSE_SERVER}__`;

/** The house's name of a tool that the program calls by its own; undefined when it is none of the house's. */
export function houseToolName(programName: string): string | undefined {
  return programName.startsWith(PREFIX) ? programName.slice(PREFIX.length) : undefined;
}

/** What the journal calls the program's tools. */
export const claudeNaming: ToolNaming = { house: houseToolName, own: builtInName };

/** How the program calls the house's tools, for its instructions. */
export const NAMING = `The house's tools come from the server "${HOUSE_SERVER}": task_complete is ${PREFIX}task_complete, and so on. Your files are in your working folder.`;
