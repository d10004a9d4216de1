import type { ProcessUsage } from '../sandbox/process-usage.ts';
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
  /** Hears what a program of an owner has used, when it has ended. */
  onUsage?: (owner: string, usage: ProcessUsage) => void;
}
