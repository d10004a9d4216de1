import { AgentsAPI } from './api/agents.ts';
import { ApprovalsAPI } from './api/approvals.ts';
import { CallbacksAPI } from './api/callbacks.ts';
import { CortexAPI } from './api/cortex.ts';
import { CreditsAPI } from './api/credits.ts';
import { DashboardAPI } from './api/dashboard.ts';
import { EmployeesAPI } from './api/employees.ts';
import { EnvAPI } from './api/env.ts';
import { EventsAPI } from './api/events.ts';
import { FilesAPI } from './api/files.ts';
import { HouseAPI } from './api/house.ts';
import { IntegrationsAPI } from './api/integrations.ts';
import { InvitesAPI } from './api/invites.ts';
import { LLMPingAPI } from './api/llm-ping.ts';
import { MessagesAPI } from './api/messages.ts';
import { OfficesAPI } from './api/offices.ts';
import { CapabilitiesAPI, DelegatesAPI, RolesAPI } from './api/rights.ts';
import { RunsAPI } from './api/runs.ts';
import { SchedulesAPI } from './api/schedules.ts';
import { TasksAPI } from './api/tasks.ts';
import { XMTPAPI } from './api/xmtp.ts';
import { Keystore } from './auth/keystore.ts';
import type { ClientConfig } from './client-config.ts';
import { readEnvironment } from './environment.ts';
import { Transport } from './transport.ts';
import type { Me } from './types.ts';
import { XMTPChannel } from './xmtp/channel.ts';

export const ENDPOINT_DEFAULT = 'http://127.0.0.1:8080';

/** The client (seed: mitosis-sdk-reference 3). */
export class MitosisClient {
  readonly transport: Transport;
  readonly keystore = new Keystore();
  readonly agents: AgentsAPI;
  readonly invites: InvitesAPI;
  readonly dashboard: DashboardAPI;
  readonly offices: OfficesAPI;
  readonly employees: EmployeesAPI;
  readonly tasks: TasksAPI;
  readonly files: FilesAPI;
  readonly credits: CreditsAPI;
  readonly xmtpApi: XMTPAPI;
  readonly events: EventsAPI;
  readonly callbacks: CallbacksAPI;
  readonly env: EnvAPI;
  readonly integrations: IntegrationsAPI;
  readonly llmPing: LLMPingAPI;
  readonly roles: RolesAPI;
  readonly delegates: DelegatesAPI;
  readonly capabilities: CapabilitiesAPI;
  readonly messages: MessagesAPI;
  readonly runs: RunsAPI;
  readonly approvals: ApprovalsAPI;
  readonly schedules: SchedulesAPI;
  readonly house: HouseAPI;
  readonly xmtp: XMTPChannel;
  readonly #method: string;

  constructor(config: ClientConfig) {
    this.transport = new Transport(config);
    this.#method =
      config.apiKey !== undefined
        ? 'api-key'
        : config.jwt !== undefined
          ? 'jwt'
          : config.agent !== undefined
            ? 'secp256k1'
            : 'none';
    this.agents = new AgentsAPI(this.transport);
    this.dashboard = new DashboardAPI(this.transport);
    this.invites = new InvitesAPI(this.transport);
    this.offices = new OfficesAPI(this.transport);
    this.employees = new EmployeesAPI(this.transport);
    this.tasks = new TasksAPI(this.transport);
    this.files = new FilesAPI(this.transport);
    this.credits = new CreditsAPI(this.transport);
    this.xmtpApi = new XMTPAPI(this.transport);
    this.events = new EventsAPI(this.transport);
    this.callbacks = new CallbacksAPI(this.transport);
    this.integrations = new IntegrationsAPI(this.transport);
    this.llmPing = new LLMPingAPI(this.transport);
    this.env = new EnvAPI(this.transport);
    this.roles = new RolesAPI(this.transport);
    this.delegates = new DelegatesAPI(this.transport);
    this.capabilities = new CapabilitiesAPI(this.transport);
    this.messages = new MessagesAPI(this.transport);
    this.runs = new RunsAPI(this.transport);
    this.approvals = new ApprovalsAPI(this.transport);
    this.schedules = new SchedulesAPI(this.transport);
    this.house = new HouseAPI(this.transport);
    this.xmtp = new XMTPChannel(this.transport);
  }

  /** From `~/.os1/config.json` (endpoint, apiKey) or `~/.os1/keys/jwt.key`; the environment wins. Throws when there is no credential. */
  static async fromConfig(): Promise<MitosisClient> {
    const keystore = new Keystore();
    const stored = await keystore.loadConfig();
    const environment = readEnvironment();
    const endpoint = environment.endpoint ?? text(stored.endpoint) ?? ENDPOINT_DEFAULT;
    const apiKey = environment.apiKey ?? text(stored.apiKey);
    if (apiKey !== undefined) return new MitosisClient({ endpoint, apiKey });
    try {
      return new MitosisClient({ endpoint, jwt: { jwtSecret: await keystore.loadJWTSecret() } });
    } catch (cause) {
      throw new Error(
        'Not logged in. Run: mi login --token <key> (the server wrote the owner’s key to owner.key in its data folder).',
        { cause },
      );
    }
  }

  /** As an agent whose key lies in the keystore. */
  static async asAgent(officeId: string, agentName: string, endpoint?: string): Promise<MitosisClient> {
    const keystore = new Keystore();
    const stored = await keystore.loadConfig();
    const address = endpoint ?? readEnvironment().endpoint ?? text(stored.endpoint) ?? ENDPOINT_DEFAULT;
    return new MitosisClient({
      endpoint: address,
      agent: { agentId: agentName, signingKey: await keystore.loadAgentKey(officeId, agentName) },
    });
  }

  /** The memory of an office (seed: READ THIS FIRST, CortexAPI). */
  cortex(officeId: string): CortexAPI {
    return new CortexAPI(this.transport, officeId);
  }

  /** Whether the server answers. */
  async health(): Promise<boolean> {
    try {
      return (await fetch(`${this.transport.endpoint}/healthz`)).ok;
    } catch {
      return false;
    }
  }

  async verifyAuth(): Promise<{ ok: boolean; method: string; error?: string }> {
    try {
      await this.offices.list({ limit: 1 });
      return { ok: true, method: this.#method };
    } catch (error) {
      return { ok: false, method: this.#method, error: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Who this credential is. */
  me(): Promise<Me> {
    return this.transport.get<Me>('/api/v1/me');
  }

  /** Ends all chat sessions. */
  async close(): Promise<void> {
    await this.xmtp.closeAll();
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
