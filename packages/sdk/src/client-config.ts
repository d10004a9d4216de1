export interface JWTAuthConfig {
  jwtSecret: string;
  userId?: string;
}

export interface AgentAuthConfig {
  /** The agent's name or id. */
  agentId: string;
  /** 32 bytes. */
  signingKey: Uint8Array;
}

export interface ClientConfig {
  /** Base address, without a slash at the end. */
  endpoint: string;
  /** Of clients of the original, whose dashboard was another host; here it is the same, and this is not needed. */
  dashboardEndpoint?: string | undefined;
  /** `mi_…`: the usual way in. */
  apiKey?: string | undefined;
  agent?: AgentAuthConfig | undefined;
  /** First-party only: a master secret. */
  jwt?: JWTAuthConfig | undefined;
  /** Milliseconds a request may take; 30,000 when left out. Streams have no limit. */
  timeout?: number | undefined;
}
