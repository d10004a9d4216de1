import { fileURLToPath } from 'node:url';
import type { EgressProxy } from '../web/egress-proxy.ts';

/** What a command may reach. `proxy`: nothing but an HTTP(S) proxy of ours, which allows what the rules allow and logs it. */
export type SandboxNetwork = { kind: 'off' } | { kind: 'open' } | { kind: 'proxy'; proxy: EgressProxy };

/** Names and certificates, for a command with an open network. */
const NETWORK_FILES = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/services'];

const INSIDE = '/run/guildhall';
const BRIDGE = fileURLToPath(new URL('network-bridge.mjs', import.meta.url));

/** What of the host a network makes visible inside: host path → path inside. */
export function networkFiles(network: SandboxNetwork): Readonly<Record<string, string>> {
  if (network.kind === 'open') return Object.fromEntries(NETWORK_FILES.map((path) => [path, path]));
  if (network.kind === 'off') return {};
  return {
    [process.execPath]: `${INSIDE}/node`,
    [BRIDGE]: `${INSIDE}/network-bridge.mjs`,
    [socketOf(network.proxy)]: `${INSIDE}/proxy.sock`,
  };
}

/** The variables by which programs find the proxy. Only a sandbox holds a program that does not look at them. */
export function proxyVariables(network: SandboxNetwork): Record<string, string> {
  if (network.kind !== 'proxy') return {};
  const { url } = network.proxy;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  return {
    ...Object.fromEntries(names.map((name) => [name, url])),
    NO_PROXY: '',
    no_proxy: '',
    // Programs of Node take no notice of the others without it.
    NODE_USE_ENV_PROXY: '1',
  };
}

/** A command with the bridge to the proxy in front of it, and the environment that the bridge needs to start it. */
export function bridged(
  command: readonly string[],
  environment: Record<string, string>,
  proxy: EgressProxy,
): { command: string[]; environment: Record<string, string> } {
  const { port } = new URL(proxy.url);
  return {
    command: [`${INSIDE}/node`, `${INSIDE}/network-bridge.mjs`, `${INSIDE}/proxy.sock`, port, ...command],
    environment: { COMMAND_ENVIRONMENT: JSON.stringify(environment) },
  };
}

function socketOf(proxy: EgressProxy): string {
  if (proxy.socketPath !== undefined) return proxy.socketPath;
  throw new Error('A sandbox does not reach a proxy on loopback: open it with listenOn "socket".');
}
