import type { AgentSkill } from '@guildhall/agent';
import { clipText, GuildhallError, type JsonObject } from '@guildhall/kernel';
import { skillsIn } from '../domain/agents/index.ts';
import type { Context } from '../domain/context/index.ts';
import { listFiles, loadFile, readFileText } from '../domain/drive/index.ts';

const DESCRIPTION_CHARS_MAX = 400;
const TEXT_CHARS_MAX = 40_000;
const FILES_MAX = 200;

/** A skill is a folder on the office’s drive: `skills/<name>/SKILL.md` and what that refers to. */
function folderOf(name: string): string {
  return `skills/${name}/`;
}

/** The skills that an agent has, with what each is for. One whose folder is not on the drive is left out. */
export async function skillsOf(context: Context, officeId: string, profile: JsonObject): Promise<AgentSkill[]> {
  const skills: AgentSkill[] = [];
  for (const name of skillsIn(profile)) {
    const text = await textOf(context, officeId, `${folderOf(name)}SKILL.md`);
    if (text !== undefined) skills.push({ name, description: describe(text) });
  }
  return skills;
}

/** The text of a skill, or of a file that belongs to it, with the names of the others. Undefined when there is none. */
export async function readSkill(
  context: Context,
  officeId: string,
  name: string,
  path: string,
): Promise<{ text: string; files: string[] } | undefined> {
  const text = await textOf(context, officeId, `${folderOf(name)}${path}`);
  if (text === undefined) return undefined;
  const files: string[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit: 500, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await listFiles(context, officeId, page);
    for (const file of items)
      if (file.name.startsWith(folderOf(name))) files.push(file.name.slice(folderOf(name).length));
    cursor = nextCursor;
  } while (cursor !== undefined && files.length < FILES_MAX);
  return { text: clipText(text, TEXT_CHARS_MAX), files };
}

async function textOf(context: Context, officeId: string, name: string): Promise<string | undefined> {
  try {
    return await readFileText(context, await loadFile(context, officeId, name, 'files:read'));
  } catch (error) {
    if (error instanceof GuildhallError && error.status < 500) return undefined;
    throw error;
  }
}

/** The `description` of the front matter, else the first line that is no heading. */
function describe(text: string): string {
  const frontMatter = /^---\n(.*?)\n---/s.exec(text)?.[1];
  const told = /^description:\s*(.+)$/m.exec(frontMatter ?? '')?.[1];
  const lines = text.slice(frontMatter === undefined ? 0 : frontMatter.length + 8).split('\n');
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#'));
  return clipText((told ?? first ?? '').trim().replaceAll(/^["']|["']$/g, ''), DESCRIPTION_CHARS_MAX);
}
