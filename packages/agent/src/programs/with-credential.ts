import type { TurnHost } from '../driver.ts';
import type { CredentialPool, ModelCredential } from '../model/credential-pool.ts';
import { coolsCredential, ModelFailure } from '../model/model-failure.ts';
import type { ModelProvider } from '../model/model-ref.ts';
import { TurnFailure, TurnParked } from '../turn-failure.ts';
import type { GatewayHooks } from './gateway-hooks.ts';
import type { ProgramHost } from './program-host.ts';

const UNAVAILABLE_MS = 60_000;

/** Whose credentials are used, and who is told when one rests. */
export interface CredentialUse {
  programs: Pick<ProgramHost, 'lend'>;
  pool: CredentialPool;
  provider: ModelProvider;
  host: TurnHost;
  now: () => number;
  /** What counts the calls that are made with a credential that is lent. */
  hooks?: GatewayHooks;
}

/**
 * Tries with one credential after the other: one that the provider does not take, or takes no more of, rests, and the next
 * has its turn. What runs keeps the credential that it began with. Other failures of the model end the turn by their name.
 */
export async function withCredential<T>(
  use: CredentialUse,
  attempt: (credential: ModelCredential) => Promise<T>,
): Promise<T> {
  for (;;) {
    const credential = use.pool.take(use.provider);
    if (credential === undefined) {
      const soonestAt = use.pool.soonest([use.provider]);
      if (soonestAt === undefined)
        throw new TurnFailure('model_unavailable', `There is no credential for ${use.provider}.`);
      throw new TurnParked('model_unavailable', soonestAt);
    }
    const lent = await use.programs.lend?.(credential, use.hooks);
    try {
      return await attempt(lent?.credential ?? credential);
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      if (!coolsCredential.has(error.kind)) throw endOf(error, use.now());
      const untilAt = use.pool.rest(credential.id);
      await use.host.journal.note({
        type: 'credential.cooled',
        data: { credential: credential.id, provider: credential.provider, why: error.kind, until_at: untilAt },
      });
    } finally {
      await lent?.close();
    }
  }
}

/** What a failure that no other credential mends means for the turn. */
function endOf(failure: ModelFailure, now: number): TurnFailure | TurnParked {
  switch (failure.kind) {
    case 'context_overflow':
      return new TurnFailure('context_overflow', failure.message);
    case 'refused':
      return new TurnFailure('model_refused', failure.message);
    default:
      return new TurnParked('model_unavailable', now + UNAVAILABLE_MS);
  }
}
