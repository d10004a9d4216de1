import type { ProcessUsage } from '../sandbox/process-usage.ts';
import type { ResourceGroup } from '../sandbox/resource-group.ts';
import type { EgressRules } from '../web/egress.ts';
import type { McpServerSettings } from './server-settings.ts';

/** Which server, whose, and what it may take. */
export interface McpServerPlace {
  owner: string;
  server: string;
  settings: McpServerSettings;
  rules: EgressRules;
  folder: string;
  startTimeoutMs: number;
  callTimeoutMs: number;
  /** What the programs of this owner may use together; absent: what there is. */
  group?: ResourceGroup;
  /** Hears what a program of an owner has used, when it has ended. */
  onUsage?: (owner: string, usage: ProcessUsage) => void;
}
