import type { CreateOptions, Transport } from '../transport.ts';
import type {
  AddCreditsRequest,
  AgentUsage,
  CreditBalance,
  CreditHistoryEntry,
  LlmUsage,
  LlmUsageSummary,
  Quota,
  SetQuotaRequest,
  UsageSummary,
} from '../types.ts';
import { officePath } from './office-path.ts';

export class CreditsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  balance(officeId: string): Promise<CreditBalance> {
    return this.#transport.get(officePath(officeId, 'credits'));
  }

  /** With an `idempotencyKey` a repeated call adds once. */
  add(officeId: string, request: AddCreditsRequest, options?: CreateOptions): Promise<CreditBalance> {
    return this.#transport.create(officePath(officeId, 'credits'), request, options);
  }

  history(officeId: string, query: { limit?: number; offset?: number } = {}): Promise<CreditHistoryEntry[]> {
    return this.#transport.get(officePath(officeId, 'credits', 'history'), query);
  }

  /** Processor, memory and credits; this month when no period is given. */
  usage(officeId: string, period: { from?: string; to?: string } = {}): Promise<UsageSummary> {
    return this.#transport.get(officePath(officeId, 'usage'), period);
  }

  usageCurrent(officeId: string): Promise<UsageSummary> {
    return this.#transport.get(officePath(officeId, 'usage', 'current'));
  }

  usageSummary(officeId: string): Promise<UsageSummary> {
    return this.#transport.get(officePath(officeId, 'usage', 'summary'));
  }

  /** Tokens and money of models, by agent, model or day. */
  llmUsage(
    officeId: string,
    query: { from?: string; to?: string; by?: 'agent' | 'model' | 'day' } = {},
  ): Promise<LlmUsage[]> {
    return this.#transport.get(officePath(officeId, 'usage', 'llm'), query);
  }

  llmUsageSummary(officeId: string): Promise<LlmUsageSummary> {
    return this.#transport.get(officePath(officeId, 'usage', 'llm', 'summary'));
  }

  /** What the office may use of the house. */
  quota(officeId: string): Promise<Quota> {
    return this.#transport.get(officePath(officeId, 'quota'));
  }

  /** The operator's to set. */
  setQuota(officeId: string, request: SetQuotaRequest): Promise<Quota> {
    return this.#transport.put(officePath(officeId, 'quota'), request);
  }

  agentUsage(officeId: string, name: string): Promise<AgentUsage> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'usage'));
  }
}
