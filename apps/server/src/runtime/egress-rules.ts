import type { EgressRules } from '@guildhall/agent';
import type { JsonObject } from '@guildhall/kernel';
import type { House } from '../domain/context/index.ts';

/** The addresses that agents of an office may reach: its settings, within what the operator lets offices open. */
export function egressRulesIn(settings: JsonObject, within: House['privateHosts']): EgressRules {
  const privateHosts = textsIn(settings.private_hosts) ?? [];
  const allowedHosts = textsIn(settings.allowed_hosts);
  return {
    privateHosts: within === 'any' ? privateHosts : privateHosts.filter((host) => within.includes(host.toLowerCase())),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
  };
}

/** What commands of an office reach. `open` holds the private network too: where that is not the office's, the public rest. */
export function networkIn(settings: JsonObject, within: House['privateHosts']): 'off' | 'proxy' | 'open' {
  if (settings.network === 'open') return within === 'any' ? 'open' : 'proxy';
  return settings.network === 'proxy' ? 'proxy' : 'off';
}

function textsIn(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : undefined;
}
