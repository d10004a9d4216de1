import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { generateKeyPair, type KeyPair, publicKeyFromPrivate } from './secp256k1.ts';

export interface KeystoreConfig {
  /** Where keys lie; `~/.os1/keys` when left out. The config file lies one level up. */
  basePath?: string;
}

/** Secrets on this machine: folders 0700, files 0600. */
export class Keystore {
  readonly #keys: string;

  constructor(config: KeystoreConfig = {}) {
    this.#keys = config.basePath ?? join(homedir(), '.os1', 'keys');
  }

  get configPath(): string {
    return join(dirname(this.#keys), 'config.json');
  }

  async storeAgentKey(officeId: string, agentName: string, privateKey: Uint8Array): Promise<void> {
    await writePrivate(this.#agentPath(officeId, agentName), privateKey);
  }

  async loadAgentKey(officeId: string, agentName: string): Promise<Uint8Array> {
    const key = await readIfThere(this.#agentPath(officeId, agentName));
    if (key === undefined) throw new Error(`No signing key found for ${agentName} in office ${officeId}.`);
    return new Uint8Array(key);
  }

  async hasAgentKey(officeId: string, agentName: string): Promise<boolean> {
    return (await readIfThere(this.#agentPath(officeId, agentName))) !== undefined;
  }

  async generateAndStore(officeId: string, agentName: string): Promise<KeyPair> {
    const pair = generateKeyPair();
    await this.storeAgentKey(officeId, agentName, pair.privateKey);
    return pair;
  }

  async getPublicKey(officeId: string, agentName: string): Promise<string> {
    return publicKeyFromPrivate(await this.loadAgentKey(officeId, agentName));
  }

  /** Names of agents with a key here. */
  async listAgentKeys(officeId: string): Promise<string[]> {
    try {
      const names = await readdir(join(this.#keys, safeName(officeId)));
      return names.filter((name) => name.endsWith('.key')).map((name) => decodeURIComponent(name.slice(0, -4)));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async deleteAgentKey(officeId: string, agentName: string): Promise<void> {
    await rm(this.#agentPath(officeId, agentName), { force: true });
  }

  async storeJWTSecret(secret: string): Promise<void> {
    await writePrivate(join(this.#keys, 'jwt.key'), secret);
  }

  async loadJWTSecret(): Promise<string> {
    const secret = await readIfThere(join(this.#keys, 'jwt.key'));
    if (secret === undefined) throw new Error('No JWT secret found.');
    return secret.toString('utf8').trim();
  }

  /** Replaces the config file. */
  async storeConfig(config: Record<string, unknown>): Promise<void> {
    await writePrivate(this.configPath, `${JSON.stringify(config, null, 2)}\n`);
  }

  /** `{}` when there is none. Throws when the file is not JSON: guessing would lose what is in it. */
  async loadConfig(): Promise<Record<string, unknown>> {
    const text = await readIfThere(this.configPath);
    if (text === undefined) return {};
    try {
      return JSON.parse(text.toString('utf8')) as Record<string, unknown>;
    } catch (cause) {
      throw new Error(`${this.configPath} is not JSON. Mend it, or remove it and log in again.`, { cause });
    }
  }

  #agentPath(officeId: string, agentName: string): string {
    return join(this.#keys, safeName(officeId), `${safeName(agentName)}.key`);
  }
}

/** A name from outside becomes one path segment, whatever is in it. */
function safeName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('~', '%7E');
  if (encoded === '' || encoded === '.' || encoded === '..') throw new Error(`"${name}" cannot name a key.`);
  return encoded;
}

/** Written beside, then renamed: a crash leaves the old file or the new one. */
async function writePrivate(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  await writeFile(beside, content, { mode: 0o600 });
  await rename(beside, path);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
