import Type from 'typebox';
import { defineTool, type Tool } from '../dispatch/tool.ts';
import { ToolError } from '../tools.ts';
import type { Workspace } from './workspace.ts';

const LINES_DEFAULT = 500;
const HITS_MAX = 200;
const LINE_CHARS_MAX = 500;

const Path = Type.String({ minLength: 1, maxLength: 1_000, description: 'Relative to the workspace.' });

/** The agent's own folder. */
export function workspaceTools<Scope>(workspace: Workspace): Tool<Scope>[] {
  return [
    defineTool({
      name: 'workspace_list',
      description: 'The files in your workspace, below a folder.',
      risk: 'read',
      input: Type.Object({ path: Type.Optional(Path) }),
      run: ({ path }) => workspace.list(path),
    }),
    defineTool({
      name: 'workspace_read',
      description: 'Lines of a text file in your workspace, numbered.',
      risk: 'read',
      input: Type.Object({
        path: Path,
        from_line: Type.Optional(Type.Integer({ minimum: 1 })),
        lines: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000 })),
      }),
      run: async ({ path, from_line = 1, lines = LINES_DEFAULT }) => {
        const all = (await workspace.read(path)).split('\n');
        const part = all.slice(from_line - 1, from_line - 1 + lines);
        return {
          text: part.map((line, index) => `${from_line + index}\t${line}`).join('\n'),
          lines_in_file: all.length,
        };
      },
    }),
    defineTool({
      name: 'workspace_write',
      description: 'Write a text file in your workspace, whole.',
      risk: 'local',
      input: Type.Object({ path: Path, content: Type.String({ maxLength: 5_000_000 }) }),
      run: ({ path, content }) => workspace.write(path, content),
    }),
    defineTool({
      name: 'workspace_edit',
      description: 'Replace one piece of text in a file. It must occur exactly once, or give all: true.',
      risk: 'local',
      input: Type.Object({
        path: Path,
        find: Type.String({ minLength: 1, maxLength: 100_000 }),
        replace: Type.String({ maxLength: 1_000_000 }),
        all: Type.Optional(Type.Boolean()),
      }),
      run: async ({ path, find, replace, all = false }) => {
        const text = await workspace.read(path);
        const count = text.split(find).length - 1;
        if (count === 0) throw new ToolError('workspace_edit', `The text does not occur in "${path}".`);
        if (count > 1 && !all)
          throw new ToolError(
            'workspace_edit',
            `The text occurs ${count} times in "${path}": give more of it, or all: true.`,
          );
        return {
          ...(await workspace.write(
            path,
            text.replaceAll(find, () => replace),
          )),
          replaced: count,
        };
      },
    }),
    defineTool({
      name: 'workspace_search',
      description: 'Lines in the workspace that contain a text, whatever its case.',
      risk: 'read',
      input: Type.Object({ text: Type.String({ minLength: 1, maxLength: 1_000 }), path: Type.Optional(Path) }),
      run: async ({ text, path }) => {
        const wanted = text.toLowerCase();
        const hits: { path: string; line: number; text: string }[] = [];
        for (const entry of (await workspace.list(path)).entries) {
          const content = await workspace.read(entry.path).catch(() => '');
          for (const [index, line] of content.split('\n').entries()) {
            if (!line.toLowerCase().includes(wanted)) continue;
            hits.push({ path: entry.path, line: index + 1, text: line.slice(0, LINE_CHARS_MAX).toWellFormed() });
            if (hits.length >= HITS_MAX) return { hits, truncated: true };
          }
        }
        return { hits, truncated: false };
      },
    }),
  ];
}
