import type { Json, JsonObject } from '@guildhall/kernel';
import {
  LocalPrograms,
  type ModelServer,
  openModelServer,
  openWithoutQuery,
  temporaryFolder,
} from '@guildhall/testing';
import type { ToolAnswer, ToolBox, ToolCallRequest } from '../../dispatch/tool.ts';
import type { OwnCall, Turn, TurnHost } from '../../driver.ts';
import type { Journal, JournalNote, ModelStep } from '../../journal.ts';
import { CredentialPool, type ModelCredential } from '../../model/credential-pool.ts';

/** What a stage begins with, and what may be put in the place of its parts. */
export interface StageOptions {
  keys?: string[];
  isSandboxed?: boolean;
  permit?: TurnHost['permit'];
  call?: (call: ToolCallRequest) => Promise<ToolAnswer | undefined>;
  reserve?: Journal['reserve'];
  /** For a real program: its requests carry queries, and it takes another way to the scripted model. */
  isReal?: boolean;
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

const TOOLS = ['look', 'write', 'shell', 'workspace_read', 'task_complete', 'task_block', 'review_decide'];

/**
 * A scripted model, credentials for it, a place where programs run, and a house that keeps its journal in memory. `host()`
 * makes the host of one attempt: attempts share the journal and what the dispatcher remembers, as those of one run do.
 */
export async function openStage(answer: ModelServer['answer'], options: StageOptions = {}) {
  const { keys = ['key-1'], isSandboxed = false } = options;
  const server = await openModelServer(answer);
  const front = options.isReal === true ? await openWithoutQuery(server.anthropicUrl) : undefined;
  const folder = await temporaryFolder();
  const programs = new LocalPrograms(folder.path, { isSandboxed });
  const clock = { now: 1_000_000 };
  const credentials = keys.map(
    (secret, index): ModelCredential => ({
      id: `anthropic-${index + 1}`,
      provider: 'anthropic',
      secret,
      baseUrl: front?.url ?? server.anthropicUrl,
    }),
  );
  const pool = new CredentialPool(credentials, () => clock.now);
  const steps: ModelStep[] = [];
  const notes: JournalNote[] = [];
  const reserved: { model: string; inputTokens: number; outputTokensMax: number }[] = [];
  /** Calls that had an effect: what the dispatcher recalled is not among them. */
  const performed: { callId: string; name: string; input: JsonObject | undefined }[] = [];
  const permitted: OwnCall[] = [];
  const settled: { callId: string; isError: boolean; text: string }[] = [];
  const said: string[] = [];
  const recalled = new Map<string, ToolAnswer>();
  const controller = new AbortController();
  const journal: Journal = {
    steps,
    get session() {
      const last = notes.findLast((note) => note.type === 'program.session');
      return last === undefined ? undefined : String(last.data.session_id);
    },
    reserve: async (call) => {
      reserved.push(call);
      await options.reserve?.(call);
    },
    append: async (step) => void steps.push(step),
    note: async (note) => void notes.push(note),
  };
  const toolBox: ToolBox = {
    specs: TOOLS.map((name) => ({ name, description: name, inputSchema: { type: 'object', properties: {} } })),
    isReadOnly: (name) => name === 'look',
    call: async (call) => {
      const before = recalled.get(call.callId);
      if (before !== undefined) return before;
      const answer = (await options.call?.(call)) ?? { status: 'done', result: { ok: true, tool: call.name } as Json };
      performed.push({ callId: call.callId, name: call.name, input: call.input });
      recalled.set(call.callId, answer);
      return answer;
    },
  };
  const host: TurnHost = {
    tools: { call: async () => Promise.reject(new Error('unused')) },
    toolBox,
    permit: async (call) => {
      permitted.push(call);
      return (await options.permit?.(call)) ?? 'allowed';
    },
    settle: async (callId, end) => void settled.push({ callId, ...end }),
    journal,
    say: (text) => void said.push(text),
    signal: controller.signal,
  };
  return {
    server,
    programs,
    pool,
    clock,
    host,
    steps,
    notes,
    reserved,
    performed,
    permitted,
    settled,
    said,
    controller,
    options,
    workspace: programs.workspaceOf('a'),
    close: async () => {
      for (const child of programs.children) child.kill('SIGKILL');
      await front?.close();
      await server.close();
      await folder.remove();
    },
  };
}

const agent = {
  id: 'a',
  name: 'aria',
  role: 'researcher',
  systemPrompt: 'Be brief.',
  modelTier: 'haiku',
  modelProvider: 'none',
  officeName: 'acme',
};

/** A turn that asks for a reply. */
export const message: Turn = {
  agent,
  at: 0,
  credentials: [],
  cause: { kind: 'message', from: 'user', text: 'hello', history: [] },
};

/** A turn that asks for a task. */
export const task: Turn = {
  agent,
  at: 0,
  credentials: [],
  cause: {
    kind: 'task',
    number: 7,
    title: 'Write the report',
    description: 'The budget must not pass 41,250.',
    verificationType: 'manual',
    reviewNotes: null,
  },
};

/** Models by tier, as a house has them. */
export const tiers = { haiku: { anthropic: 'claude-haiku' } };
