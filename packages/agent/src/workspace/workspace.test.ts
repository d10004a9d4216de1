import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@guildhall/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Workspace } from './workspace.ts';

it('two that write one file at once leave it whole, and neither fails', async () => {
  const { root } = await newWorkspace();
  const texts = ['a', 'b'].map((letter) => letter.repeat(50_000));
  for (let time = 0; time < 20; time++) {
    await Promise.all(texts.map((text) => new Workspace(root).write('TOOLS.md', text)));
    expect(texts).toContain(await new Workspace(root).read('TOOLS.md'));
  }
  expect(await readdir(root)).toEqual(['TOOLS.md']);
});

it('what a write that was broken off has left goes with the next one, once nobody can be at it; it is no file of anybody', async () => {
  const { root, workspace } = await newWorkspace();
  const old = join(root, '.old.guildhall-part');
  for (const path of [old, join(root, '.young.guildhall-part')]) await writeFile(path, 'half');
  await utimes(old, 1, 1);
  await workspace.write('notes.md', 'text');
  expect((await readdir(root)).sort()).toEqual(['.young.guildhall-part', 'notes.md']);
  expect((await workspace.list()).entries.map(({ path }) => path)).toEqual(['notes.md']);
});

it('a write that fails in the middle leaves nothing behind', async () => {
  const { root, workspace } = await newWorkspace();
  await workspace.write('notes.md', 'text');
  // No text and no bytes: the file is open by then, and writing is what fails.
  await expect(workspace.write('notes.md', 7 as never)).rejects.toThrow('must be of type');
  expect(await readdir(root)).toEqual(['notes.md']);
  expect(await workspace.read('notes.md')).toBe('text');
});

async function newWorkspace(): Promise<{ root: string; workspace: Workspace }> {
  const folder = await temporaryFolder();
  onTestFinished(folder.remove);
  const workspace = new Workspace(folder.path);
  await workspace.open();
  return { root: folder.path, workspace };
}
