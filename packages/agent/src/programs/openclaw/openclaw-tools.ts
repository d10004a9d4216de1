import type { ToolNaming } from '../call-book.ts';
import { HOUSE_SERVER } from '../house-mcp.ts';

const PREFIX = `${HOUSE_SERVER}__`;

/** What the journal calls the tools of OpenClaw. */
export const openClawNaming: ToolNaming = {
  house: (name) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined),
  own: (name) =>
    `openclaw_${name
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]/g, '_')
      .slice(0, 60)}`,
};

/** How the program calls the house's tools, for its instructions. */
export const NAMING = `The house's tools come from the server "${HOUSE_SERVER}": task_complete is ${PREFIX}task_complete, and so on. Your files and your shell are among them: workspace_read, workspace_write, shell.`;
