import { describe, expect, it } from 'vitest';
import { builtInName, riskOfBuiltIn } from './builtin-risk.ts';

const held = { folder: '/desk', isSandboxed: true };
const loose = { folder: '/desk', isSandboxed: false };

describe('the risk of a tool that a program brings along', () => {
  it.each([
    ['Read', { file_path: '/desk/a.txt' }, 'read'],
    ['Read', { file_path: 'a/../b.txt' }, 'read'],
    ['Glob', { pattern: '**/*.ts' }, 'read'],
    ['Grep', { pattern: '/etc/passwd', path: '/desk' }, 'read'],
    ['TodoWrite', { todos: [] }, 'read'],
    ['Write', { file_path: '/desk/a.txt', content: '' }, 'local'],
    ['NotebookEdit', { notebook_path: '/desk/a.ipynb' }, 'local'],
    // Outside of the workspace, nothing is a look any more.
    ['Read', { file_path: '/etc/passwd' }, 'outward'],
    ['Read', { file_path: '../secret' }, 'outward'],
    ['Read', { file_path: '/desktop/a' }, 'outward'],
    ['Glob', { pattern: '/etc/*' }, 'outward'],
    ['Glob', { pattern: '../../*' }, 'outward'],
    ['Edit', { file_path: '/desk/../etc/hosts' }, 'outward'],
    ['WebFetch', { url: 'https://example.com' }, 'outward'],
    ['SomethingNew', {}, 'outward'],
  ] as const)('%s %j is %s', (tool, input, risk) => {
    expect(riskOfBuiltIn(tool, { ...input } as never, held)).toBe(risk);
  });

  it('of a shell is what holds it', () => {
    expect(riskOfBuiltIn('Bash', { command: 'ls' }, held)).toBe('local');
    expect(riskOfBuiltIn('Bash', { command: 'ls' }, loose)).toBe('outward');
  });

  it('of an absolute path is the highest until the program has told where it works', () => {
    const unknown = { folder: undefined, isSandboxed: true };
    expect(riskOfBuiltIn('Read', { file_path: '/desk/a.txt' }, unknown)).toBe('outward');
    expect(riskOfBuiltIn('Read', { file_path: 'a.txt' }, unknown)).toBe('read');
  });

  it('goes by a name that the policy knows', () => {
    expect([builtInName('Bash'), builtInName('Write'), builtInName('mcp__x y')]).toEqual([
      'shell',
      'claude_write',
      'claude_mcp__x_y',
    ]);
  });
});
