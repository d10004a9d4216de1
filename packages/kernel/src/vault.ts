import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { notConfigured } from './error-factories.ts';

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;
export const VAULT_KEY_BYTES = 32;

/**
 * Keeps secrets that must be read again: AES-256-GCM with one key of the house. What is sealed for one place opens in no other,
 * so a row that is copied elsewhere is worth nothing.
 */
export class Vault {
  readonly #key: Buffer;
  /** Says which key sealed something, and nothing about it. */
  readonly #keyId: string;

  constructor(key: Uint8Array) {
    if (key.length !== VAULT_KEY_BYTES) throw new Error(`A vault's key has ${VAULT_KEY_BYTES} bytes.`);
    this.#key = Buffer.from(key);
    this.#keyId = createHash('sha256').update('guildhall vault').update(this.#key).digest('hex').slice(0, 8);
  }

  seal(secret: string, place: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return [VERSION, this.#keyId, Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')].join(':');
  }

  /** Throws `not_configured` when another key sealed it, and an `Error` when it was changed or belongs elsewhere. */
  open(sealed: string, place: string): string {
    const [version, keyId, body = ''] = sealed.split(':');
    if (version !== VERSION || keyId !== this.#keyId)
      throw notConfigured(
        'This secret was sealed with another key.',
        'The operator puts back vault.key in the data folder (or GUILDHALL_VAULT_KEY), or the secret is set again.',
      );
    const bytes = Buffer.from(body, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(place))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  }
}
