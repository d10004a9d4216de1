import type { Permission, ToolRisk } from '@guildhall/agent';
import type { JsonObject } from '@guildhall/kernel';

export type ToolPolicy = (name: string, risk: ToolRisk) => Permission;

const BY_RISK: Record<ToolRisk, Permission> = { read: 'allowed', local: 'allowed', outward: 'ask', operator: 'off' };
const STRICTNESS: Record<Permission, number> = { allowed: 0, ask: 1, off: 2 };

/**
 * What an agent may do without asking. The operator sets `tools: {name: allowed | ask | off}` in the office's settings and in the
 * agent's `customConfig`; a word for the agent goes before the default by risk, and the office's word is never loosened by it.
 */
export function toolPolicy(officeSettings: JsonObject, agentProfile: JsonObject): ToolPolicy {
  const ofOffice = permissionsIn(officeSettings.tools);
  const ofAgent = permissionsIn((agentProfile.customConfig as JsonObject | undefined)?.tools);
  return (name, risk) => {
    if (risk === 'operator') return 'off';
    const office = ofOffice[name];
    const own = ofAgent[name] ?? office ?? BY_RISK[risk];
    return office !== undefined && STRICTNESS[office] > STRICTNESS[own] ? office : own;
  };
}

function permissionsIn(value: unknown): Record<string, Permission> {
  if (typeof value !== 'object' || value === null) return {};
  const known = Object.entries(value).filter(([, word]) => typeof word === 'string' && word in STRICTNESS);
  return Object.fromEntries(known) as Record<string, Permission>;
}
