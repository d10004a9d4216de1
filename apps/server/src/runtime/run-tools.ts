import { join } from 'node:path';
import {
  BrowserSession,
  browserTools,
  Dispatcher,
  estimateTokens,
  type ResourceGroups,
  type Sandbox,
  shellTool,
  Workspace,
  webFetchTool,
  workspaceTools,
} from '@guildhall/agent';
import type { Logger } from 'pino';
import type { Context } from '../domain/context/index.ts';
import { noteTools, type Run } from '../domain/runs/index.ts';
import { egressRulesIn } from './egress-rules.ts';
import { notesIn, writeIdentityFiles } from './identity-files.ts';
import { type McpHost, mcpTools } from './mcp-tools.ts';
import type { Work } from './prepare-turn.ts';
import { proverIn } from './prove-task.ts';
import { RunDesk } from './run-desk.ts';
import { type DriveViews, openRunSandbox } from './run-sandbox.ts';
import { skillsOf } from './skills.ts';
import { toolPolicy } from './tool-policy.ts';
import { chatTools } from './tools/chat-tools.ts';
import { driveTools } from './tools/drive-tools.ts';
import { memoryTools } from './tools/memory-tools.ts';
import { scheduleTools } from './tools/schedule-tools.ts';
import { skillTools } from './tools/skill-tools.ts';
import { taskTools } from './tools/task-tools.ts';
import { teamTools } from './tools/team-tools.ts';
import type { HouseTool } from './tools/tool-setting.ts';

export interface ToolHost {
  /** Where each agent has its folder. */
  workspacesFolder: string;
  sandbox: Sandbox;
  /** Undefined where there is no Chromium: then there is no browser. */
  chromiumPath: string | undefined;
  mcp: McpHost;
  drives: DriveViews;
  /** Who shares what of the machine: the processes of an agent, the servers of an office. */
  groups: ResourceGroups;
  log: Logger;
}

export interface RunTools {
  toolBox: Dispatcher<Context>;
  workspace: Workspace;
  /** Ends what the tools have started. */
  close(): Promise<void>;
}

/**
 * The tools of one run behind the one dispatcher. Every call goes to the same domain function that the doors call, with the
 * agent as principal, so an agent can do nothing that an API caller with its key could not. The list is as small as the work
 * needs: what ends a task is offered in a task only, a driver of rules gets no shell.
 */
export async function openRunTools(
  context: Context,
  run: Run,
  work: Work,
  host: ToolHost,
  signal: AbortSignal,
): Promise<RunTools> {
  const workspace = new Workspace(join(host.workspacesFolder, run.agent_id));
  const rules = egressRulesIn(work.officeSettings, context.house.privateHosts);
  const place = await openRunSandbox(context, run, work.officeSettings, host);
  const setting = { run, work, prove: proverIn({ place, workspace, rules, signal }) };
  const tools: HouseTool[] = [
    ...memoryTools(setting),
    ...driveTools(context, setting),
    ...taskTools(setting),
    ...chatTools(setting),
    ...teamTools(setting),
  ];
  let browser: BrowserSession | undefined;
  const isModel = run.driver !== 'reflex';
  if (isModel) {
    const { agent } = work.turn;
    await workspace.open();
    await writeIdentityFiles(workspace, agent, work.agentProfile);
    agent.notes = await notesIn(workspace);
    agent.skills = await skillsOf(context, run.office_id, work.agentProfile);
    tools.push(
      ...workspaceTools<Context>(workspace),
      shellTool<Context>(place.sandbox, workspace, place),
      webFetchTool<Context>(rules),
      ...scheduleTools(setting),
      ...skillTools(setting, agent.skills),
      ...(await mcpTools(context, run, work.officeSettings, host, rules, signal)),
    );
    if (host.chromiumPath !== undefined) {
      browser = new BrowserSession(host.chromiumPath, rules, place);
      tools.push(...browserTools<Context>(browser, workspace));
    }
  }
  const policy = toolPolicy(work.officeSettings, work.agentProfile);
  const desk = new RunDesk(context, run, { policy, keepsReads: isModel });
  const toolBox = new Dispatcher(tools, desk, signal, { clips: isModel });
  if (isModel) {
    const tokens = estimateTokens(JSON.stringify(toolBox.specs));
    await noteTools(context, run, { count: toolBox.specs.length, tokens });
  }
  return {
    toolBox,
    workspace,
    close: async () => {
      await browser?.close();
      await place.close();
    },
  };
}
