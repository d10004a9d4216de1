import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { claudeStandIn, temporaryFolder } from '@guildhall/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from '../index.ts';

const folder = await temporaryFolder();
afterAll(folder.remove);
const versionOf = (output: string) => /^(\d+\.\d+\.\d+) \(Claude Code\)/.exec(output)?.[1];

async function program(name: string, script: string, mode = 0o755): Promise<void> {
  await writeFile(join(folder.path, name), script);
  await chmod(join(folder.path, name), mode);
}

describe('looking for a program', () => {
  it('finds it in the first folder that has it, and asks its version', async () => {
    await program('claude', `#!/bin/sh\nexec "${process.execPath}" "${claudeStandIn}" "$@"`);
    const found = await findProgram('claude', ['/nowhere', folder.path, '/usr/bin', '/bin'], versionOf);
    expect(found).toEqual({ isAvailable: true, path: join(folder.path, 'claude'), version: '2.1.0' });
  });

  it('says what is missing and how to get it', async () => {
    expect(await findProgram('claude', ['/nowhere'], versionOf)).toEqual({
      isAvailable: false,
      missing: expect.stringContaining('npm install -g @anthropic-ai/claude-code'),
    });
  });

  it('takes no program that tells no version, fails, or may not be started', async () => {
    await program('other', '#!/bin/sh\necho something else');
    await program('broken', '#!/bin/sh\necho 2.1.0 "(Claude Code)"; exit 1');
    await program('text', 'no program', 0o644);
    const folders = [folder.path, '/usr/bin', '/bin', dirname(process.execPath)];
    for (const name of ['other', 'broken', 'text'])
      expect(await findProgram(name, folders, versionOf), name).toMatchObject({ isAvailable: false });
  });
});
