import type { Transport } from '../transport.ts';
import type { EnvValues, EnvVar, PageQuery } from '../types.ts';
import { officePath } from './office-path.ts';

/** What agents find in the environment of their commands. */
export class EnvAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Names, without values. */
  list(officeId: string, query: PageQuery = {}): Promise<EnvVar[]> {
    return this.#transport.get(officePath(officeId, 'env'), query);
  }

  values(officeId: string): Promise<EnvValues> {
    return this.#transport.get(officePath(officeId, 'env', 'values'));
  }

  /** Sets these; others stay as they are. */
  set(officeId: string, variables: EnvValues): Promise<void> {
    return this.#transport.put(officePath(officeId, 'env'), variables);
  }

  /** Takes a variable of an agent's own away. */
  deleteAgentEnv(officeId: string, name: string, key: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'employees', name, 'env', key));
  }

  delete(officeId: string, key: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'env', key));
  }

  /** The office's variables and the agent's own before them. */
  getAgentEnv(officeId: string, name: string): Promise<EnvValues> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'env'));
  }

  setAgentEnv(officeId: string, name: string, key: string, value: string): Promise<void> {
    return this.#transport.put(officePath(officeId, 'employees', name, 'env', key), { value });
  }
}
