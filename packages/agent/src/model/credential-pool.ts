import type { ModelProvider } from './model-ref.ts';

/** A way into a provider. */
export interface ModelCredential {
  /** Names it in events and errors; never the secret. */
  id: string;
  provider: ModelProvider;
  /** Empty for an address that asks for none. */
  secret: string;
  /** Without a slash at the end; absent for the provider's own. */
  baseUrl?: string | undefined;
}

export const CREDENTIAL_COOLDOWN_MS = 30 * 60_000;

/** The credentials of the house and which of them rest. One pool serves all runs of a process. */
export class CredentialPool {
  readonly #credentials: readonly ModelCredential[];
  readonly #now: () => number;
  readonly #restsUntil: Map<string, number>;

  constructor(credentials: readonly ModelCredential[], now: () => number, restsUntil = new Map<string, number>()) {
    this.#credentials = credentials;
    this.#now = now;
    this.#restsUntil = restsUntil;
  }

  /** The same with somebody's own credentials before those of the house. What rests, rests in both. */
  including(own: readonly ModelCredential[]): CredentialPool {
    return own.length === 0 ? this : new CredentialPool([...own, ...this.#credentials], this.#now, this.#restsUntil);
  }

  /** Providers with at least one credential, whether it rests or not, in the order that they were configured. */
  get providers(): ModelProvider[] {
    return [...new Set(this.#credentials.map((credential) => credential.provider))];
  }

  /** The first credential of a provider that does not rest. */
  take(provider: ModelProvider): ModelCredential | undefined {
    return this.#credentials.find(
      (credential) => credential.provider === provider && (this.#restsUntil.get(credential.id) ?? 0) <= this.#now(),
    );
  }

  /** Puts a credential to rest. Returns until when. */
  rest(credentialId: string, restMs = CREDENTIAL_COOLDOWN_MS): number {
    const now = this.#now();
    // Credentials of offices come and go.
    for (const [id, at] of this.#restsUntil) if (at <= now) this.#restsUntil.delete(id);
    const until = now + restMs;
    this.#restsUntil.set(credentialId, until);
    return until;
  }

  /** When the next credential of these providers is back; undefined when there is none at all. */
  soonest(providers: readonly ModelProvider[]): number | undefined {
    const times = this.#credentials
      .filter((credential) => providers.includes(credential.provider))
      .map((credential) => this.#restsUntil.get(credential.id) ?? 0);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** What people may see of the credentials. */
  list(): { id: string; provider: ModelProvider; restsUntilAt: number | null }[] {
    return this.#credentials.map(({ id, provider }) => {
      const until = this.#restsUntil.get(id) ?? 0;
      return { id, provider, restsUntilAt: until > this.#now() ? until : null };
    });
  }
}
