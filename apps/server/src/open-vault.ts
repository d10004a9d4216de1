import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VAULT_KEY_BYTES, Vault } from '@guildhall/kernel';
import type { Config } from './config.ts';

const KEY = /^[0-9a-f]{64}$/i;

/** The vault of the house, with the key that the operator set, or one that is made at the first start. Throws when that is broken. */
export function openVault({ vaultKey, dataFolder }: Config): Vault {
  if (vaultKey !== undefined) return new Vault(Buffer.from(vaultKey, 'hex'));
  const path = join(dataFolder, 'vault.key');
  if (!existsSync(path)) {
    // Two servers may start at once in one folder: the first to write wins, the other reads.
    try {
      writeFileSync(path, `${randomBytes(VAULT_KEY_BYTES).toString('hex')}\n`, {
        mode: 0o600,
        flag: 'wx',
        flush: true,
      });
      chmodSync(path, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  const key = readFileSync(path, 'utf8').trim();
  if (!KEY.test(key))
    throw new Error(
      `${path} is not a vault key (64 hex digits). Put back the one that was there: it opens what was sealed.`,
    );
  return new Vault(Buffer.from(key, 'hex'));
}
