import { OS1Error } from '../errors.ts';
import type { Transport } from '../transport.ts';
import type {
  AgentIntegrations,
  IntegrationAnswer,
  IntegrationCallRequest,
  IntegrationReport,
  ModelInfo,
  OfficeIntegration,
} from '../types.ts';
import { officePath } from './office-path.ts';

export class IntegrationsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Every integration that there is, with what the office has of it. */
  list(officeId: string): Promise<OfficeIntegration[]> {
    return this.#transport.get(officePath(officeId, 'integrations'));
  }

  /** Kept sealed and never shown; agents find it in the environment of their commands where it is switched on. */
  ensureSecret(officeId: string, integrationId: string, key: string): Promise<void> {
    return this.#transport.post(officePath(officeId, 'integrations', integrationId, 'secret'), { key });
  }

  deleteSecret(officeId: string, integrationId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'integrations', integrationId, 'secret'));
  }

  toggleAgent(officeId: string, integrationId: string, agentName: string, enabled: boolean): Promise<void> {
    return this.#transport.post(officePath(officeId, 'integrations', integrationId, 'agents', agentName), { enabled });
  }

  /** Throws `OS1Error` 503 when the office has no credential of Anthropic. */
  syncClaudeCodeKey(officeId: string): Promise<void> {
    return this.#transport.post(officePath(officeId, 'integrations', 'claude-code', 'sync-key'));
  }

  /** Asks a service with the office's credential, which is not shown. */
  call(officeId: string, integrationId: string, request: IntegrationCallRequest): Promise<IntegrationAnswer> {
    return this.#transport.post(officePath(officeId, 'integrations', integrationId, 'call'), request);
  }

  /** What is switched on and off for an agent. */
  ofAgent(officeId: string, name: string): Promise<AgentIntegrations> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'integrations'));
  }

  /** The same for who polls: undefined while nothing has changed since the revision (`rev`). */
  async changesOfAgent(officeId: string, name: string, revision: string): Promise<AgentIntegrations | undefined> {
    const path = officePath(officeId, 'employees', name, 'integrations');
    try {
      return await this.#transport.request('GET', path, { headers: { 'if-none-match': `"${revision}"` } });
    } catch (error) {
      if (error instanceof OS1Error && error.status === 304) return undefined;
      throw error;
    }
  }

  report(officeId: string, name: string, integrationId: string, report: IntegrationReport): Promise<void> {
    return this.#transport.post(
      officePath(officeId, 'employees', name, 'integrations', integrationId, 'status'),
      report,
    );
  }

  /** The models of the providers that the house has credentials of. */
  listProviderModels(officeId: string): Promise<ModelInfo[]> {
    return this.#transport.get(officePath(officeId, 'provider-models'));
  }
}
