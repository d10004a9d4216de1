import type { EgressRules, McpServerSettings, McpServers, McpServersOptions, ResourceGroups } from '@guildhall/agent';
import type { JsonObject } from '@guildhall/kernel';
import { resourcesOfServers } from '../domain/agents/index.ts';
import { type Context, inTransaction, record } from '../domain/context/index.ts';
import { type Run, recordStep } from '../domain/runs/index.ts';
import type { McpTable } from '../mcp-settings.ts';
import type { HouseTool } from './tools/tool-setting.ts';

/** The servers of the house. The library that speaks to them is loaded when the first office uses one. */
export class McpPool {
  readonly #options: McpServersOptions;
  #opened: Promise<McpServers> | undefined;

  constructor(options: McpServersOptions) {
    this.#options = options;
  }

  open(): Promise<McpServers> {
    this.#opened ??= import('@guildhall/agent/mcp').then(({ McpServers }) => new McpServers(this.#options));
    return this.#opened;
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }
}

export interface McpHost {
  servers: McpPool;
  /** What the operator has. */
  table: McpTable;
}

/**
 * The tools of the servers that an office has switched on (`mcp_servers` of its settings). Which there are, and with which
 * secrets, only the operator says. A server that does not answer is a note in the run, and its agent works without it.
 */
export async function mcpTools(
  context: Context,
  run: Run,
  settings: JsonObject,
  { mcp: { servers, table }, groups }: { mcp: McpHost; groups: ResourceGroups },
  rules: EgressRules,
  signal: AbortSignal,
): Promise<HouseTool[]> {
  const wanted = Array.isArray(settings.mcp_servers) ? settings.mcp_servers.map(String) : [];
  if (wanted.length === 0) return [];
  const known: Record<string, McpServerSettings> = {};
  const problems: { server: string; message: string }[] = [];
  for (const name of wanted) {
    const entry = table[name];
    const isFor = entry?.offices === undefined || entry.offices.includes(run.office_id);
    if (entry !== undefined && isFor) known[name] = entry.settings;
    else problems.push({ server: name, message: 'The operator has no such server for this office.' });
  }
  const opened = await servers.open();
  const group = groups.of(run.office_id, await resourcesOfServers(context, run.office_id));
  const found = await opened.tools<Context>(run.office_id, known, rules, signal, group);
  await tellProblems(context, run, [...problems, ...found.problems]);
  return found.tools;
}

async function tellProblems(
  context: Context,
  run: Run,
  problems: readonly { server: string; message: string }[],
): Promise<void> {
  if (problems.length === 0) return;
  await inTransaction(context, async (tx) => {
    for (const { server, message } of problems) {
      const data = { server, message };
      await recordStep(tx, run, { kind: 'note', name: 'integration.failed', arguments: data, status: 'done' });
      record(tx, {
        organizationId: run.organization_id,
        officeId: run.office_id,
        agentId: run.agent_id,
        type: 'integration.failed',
        subjectId: run.id,
        data,
      });
    }
  });
}
