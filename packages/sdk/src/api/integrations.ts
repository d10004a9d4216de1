import type { Transport } from '../transport.ts';
import type { ModelInfo } from '../types.ts';
import { officePath } from './office-path.ts';

export class IntegrationsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The models of the providers that the house has credentials of. */
  listProviderModels(officeId: string): Promise<ModelInfo[]> {
    return this.#transport.get(officePath(officeId, 'provider-models'));
  }
}
