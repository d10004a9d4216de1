import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { Vault } from './vault.ts';

const key = randomBytes(32);

it('opens what it sealed, in its place only, and never seals the same alike', () => {
  const vault = new Vault(key);
  const sealed = vault.seal('hunter2 ü', 'env:a');
  expect(sealed).not.toContain('hunter2');
  expect(vault.open(sealed, 'env:a')).toBe('hunter2 ü');
  expect(new Vault(key).open(sealed, 'env:a')).toBe('hunter2 ü');
  expect(vault.seal('hunter2 ü', 'env:a')).not.toBe(sealed);
  expect(() => vault.open(sealed, 'env:b')).toThrow();
});

it('refuses what was changed, and says when another key is needed', () => {
  const vault = new Vault(key);
  const sealed = vault.seal('secret', 'p');
  const bytes = Buffer.from(sealed.split(':')[2] ?? '', 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const text = [...sealed.split(':').slice(0, 2), changed.toString('base64url')].join(':');
    expect(() => vault.open(text, 'p')).toThrow();
  }
  expect(() => new Vault(randomBytes(32)).open(sealed, 'p')).toThrow(/another key/);
});
