import { setTimeout as delay } from 'node:timers/promises';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { EgressRules } from '../web/egress.ts';
import { egressFetch } from './egress-fetch.ts';
import { McpFailure } from './failure.ts';
import type { Line } from './line.ts';
import type { McpServerSettings } from './server-settings.ts';

/** How long a server may take to hear that we leave. */
const GOODBYE_MS = 1_000;

/** A server elsewhere, over streamable HTTP, with the credential that the settings name and no other way to get one. */
export function openHttpLine(settings: Extract<McpServerSettings, { transport: 'http' }>, rules: EgressRules): Line {
  let ending: string | undefined;
  if (!URL.canParse(settings.url)) throw new McpFailure('The address of the server is not an address.');
  const transport = new StreamableHTTPClientTransport(new URL(settings.url), {
    requestInit: { headers: settings.headers },
    fetch: egressFetch(rules, (failure) => {
      ending = failure.message;
      void transport.close();
    }),
    // The library's own timers would hold the process.
    reconnectionScheduler: (reconnect, delayMs) => {
      const timer = setTimeout(reconnect, delayMs).unref();
      return () => clearTimeout(timer);
    },
  });
  return {
    transport,
    ending: () => ending,
    close: async () => {
      const leaving = transport.terminateSession().catch(() => {});
      await Promise.race([leaving, delay(GOODBYE_MS, undefined, { ref: false })]);
      await transport.close();
    },
  };
}
