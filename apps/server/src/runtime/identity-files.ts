import type { AgentNote, AgentSelf, Workspace } from '@guildhall/agent';
import { ToolError } from '@guildhall/agent';
import { clipText, type JsonObject } from '@guildhall/kernel';

/** What an agent is told of itself in every turn, in this order; the other files it reads when it wants to. */
const TOLD = ['AGENTS.md', 'SOUL.md', 'IDENTITY.md', 'USER.md', 'TOOLS.md', 'MEMORY.md'];
const NOTE_CHARS_MAX = 8_000;
const NOTES_CHARS_MAX = 24_000;

/** The checklist of a heartbeat. While nothing stands in it, a heartbeat wakes no model. */
export const HEARTBEAT = 'HEARTBEAT.md';

/** Words that an agent gets into its folder when it is born; from then on the files are its own. */
type Born = Pick<AgentSelf, 'name' | 'role' | 'officeName'>;

/**
 * Writes the files of a newborn agent (spec: orkosi.md 1, workspace files), filled from what the agent was hired with.
 * What the agent or a person has written since is never touched.
 */
export async function writeIdentityFiles(workspace: Workspace, agent: Born, profile: JsonObject): Promise<void> {
  // Once it is born, what is missing is missing because somebody took it away.
  if (await workspace.has('AGENTS.md')) return;
  const files = Object.entries(identityFiles(agent, profile));
  // AGENTS.md last: a crash in between leaves the rest to be written again.
  for (const [name, content] of files.reverse()) if (!(await workspace.has(name))) await workspace.write(name, content);
}

function identityFiles(agent: Born, profile: JsonObject): Record<string, string> {
  const kit = objectIn(profile.agentKit);
  const owner = textIn(kit.owner);
  const personality = textIn(kit.personality);
  return {
    'AGENTS.md': `# How to work here

- This folder is yours alone and stays between runs. What others are to see belongs on the office’s drive.
- Keep what you will need again in MEMORY.md, in short lines with a date. What the office should know belongs in its memory.
- Leave a file as you would like to find it.
`,
    'SOUL.md': `# Who you are\n\n${personality === '' ? 'Plain, exact, and honest about what you do not know.' : personality}\n`,
    'IDENTITY.md': `# ${agent.name}\n\n- Name: ${agent.name}\n- Role: ${agent.role}\n- Office: ${agent.officeName}\n${identityLines(profile)}`,
    'USER.md': `# Whom you work for\n\n${owner === '' ? 'The people of the office. Write here what you learn about them.' : owner}\n`,
    [HEARTBEAT]: '',
    'TOOLS.md': '# Notes on tools\n\nWrite here what you found out about the tools and places that you use.\n',
    'MEMORY.md': '# What to remember\n',
  };
}

function identityLines(profile: JsonObject): string {
  const lines = (['display_name', 'emoji', 'color'] as const).flatMap((field) => {
    const value = textIn(profile[field]);
    return value === '' ? [] : [`- ${field.replace('_', ' ')}: ${value}`];
  });
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** What stands in the files that an agent is told in every turn, each and all of them bounded. */
export async function notesIn(workspace: Workspace): Promise<AgentNote[]> {
  const notes: AgentNote[] = [];
  let room = NOTES_CHARS_MAX;
  for (const name of TOLD) {
    const text = clipText(await textOf(workspace, name), Math.min(NOTE_CHARS_MAX, room)).trim();
    if (text === '') continue;
    room -= text.length;
    notes.push({ name, text });
  }
  return notes;
}

/** The checklist of a heartbeat; empty when nothing stands in it but headings and comments. */
export async function heartbeatIn(workspace: Workspace): Promise<string> {
  const text = await textOf(workspace, HEARTBEAT);
  const said = text
    .replaceAll(/<!--.*?-->/gs, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  return said.length === 0 ? '' : text;
}

/** Whatever an agent has made of a file must not stop its turns. */
async function textOf(workspace: Workspace, name: string): Promise<string> {
  try {
    return await workspace.read(name);
  } catch (error) {
    if (error instanceof ToolError) return '';
    throw error;
  }
}

function objectIn(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}
