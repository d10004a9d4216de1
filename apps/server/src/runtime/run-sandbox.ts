import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EgressEntry,
  openEgressProxy,
  type ProcessUsage,
  type ResourceGroup,
  type ResourceGroups,
  type Sandbox,
  type SandboxNetwork,
} from '@guildhall/agent';
import type { JsonObject } from '@guildhall/kernel';
import type { Logger } from 'pino';
import { resourcesOfAgent } from '../domain/agents/index.ts';
import { type Context, inTransaction, record } from '../domain/context/index.ts';
import { hasRestrictedFiles } from '../domain/drive/index.ts';
import { envOfRun } from '../domain/env/index.ts';
import type { Run } from '../domain/runs/index.ts';
import { meterProcess } from '../domain/usage/index.ts';
import { DriveView } from './drive-view.ts';
import { egressRulesIn, networkIn } from './egress-rules.ts';

/** What commands and programs of one run may reach and see, and who counts them. */
export interface RunSandbox {
  network: SandboxNetwork;
  readOnly: Readonly<Record<string, string>>;
  /** The machine's sandbox, with the drive brought up to date before each command. */
  sandbox: Sandbox;
  /** What the agent's commands and its browser may use together, as of now. */
  resources(): Promise<ResourceGroup>;
  onUsage(usage: ProcessUsage): void;
  close(): Promise<void>;
}

const REFUSED_KEPT_MAX = 50;

const ABANDONED_AFTER_MS = 86_400_000;

/** The drives of offices as folders, made when first needed and kept as long as the process. */
export class DriveViews {
  readonly #folder: string;
  readonly #views = new Map<string, DriveView>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** In a folder of this process below `parent`; what processes that were killed left there long ago is removed. */
  static async open(parent: string, instanceId: string): Promise<DriveViews> {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    for (const name of await readdir(parent)) {
      const path = join(parent, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
    }
    return new DriveViews(join(parent, instanceId));
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The drive as this agent may see it. Offices where nobody is kept from anything share one folder. */
  async for(context: Context, officeId: string, agentId: string): Promise<DriveView> {
    const isShared = !(await hasRestrictedFiles(context, officeId));
    const key = isShared ? officeId : `${officeId}-${agentId}`;
    const view = this.#views.get(key) ?? new DriveView(join(this.#folder, key), isShared ? undefined : agentId);
    this.#views.set(key, view);
    return view;
  }
}

/** Opens what the office's policy (`network`: off, proxy, open) gives to the commands of a run. */
export async function openRunSandbox(
  context: Context,
  run: Run,
  settings: JsonObject,
  host: { sandbox: Sandbox; drives: DriveViews; groups: ResourceGroups; log: Logger },
): Promise<RunSandbox> {
  const refused: EgressEntry[] = [];
  const kind = networkIn(settings, context.house.privateHosts);
  const proxy =
    kind === 'proxy'
      ? await openEgressProxy(egressRulesIn(settings, context.house.privateHosts), {
          listenOn: host.sandbox.proxyListensOn,
          onRequest: (entry) => {
            host.log.info({ run: run.id, agent: run.agent_id, ...entry }, 'a command asked for a host');
            if (entry.outcome === 'refused' && refused.length < REFUSED_KEPT_MAX) refused.push(entry);
          },
        })
      : undefined;
  const network: SandboxNetwork =
    proxy !== undefined ? { kind: 'proxy', proxy } : { kind: kind === 'open' ? 'open' : 'off' };
  const view = await host.drives.for(context, run.office_id, run.agent_id);
  const isHeld = host.sandbox.kind === 'bubblewrap';
  const metered: Promise<void>[] = [];
  const resources = async () => host.groups.of(run.agent_id, await resourcesOfAgent(context, run.agent_id));
  return {
    resources,
    network,
    readOnly: isHeld ? { [view.folder]: '/drive' } : {},
    sandbox: {
      ...host.sandbox,
      run: async (command) => {
        if (isHeld) await view.refresh(context, run.office_id);
        const environment = await envOfRun(context, run);
        const result = await host.sandbox.run({ ...command, environment, group: await resources() });
        return { ...result, output: withoutValues(result.output, environment) };
      },
    },
    onUsage: (usage) => {
      const noted = meterProcess(context, run, usage);
      metered.push(
        noted.catch((error: unknown) => host.log.error({ err: error, run: run.id }, 'a command is not metered')),
      );
    },
    close: async () => {
      await proxy?.close();
      await Promise.all(metered);
      await tellRefused(context, run, refused);
    },
  };
}

/** Shorter ones are words that anything may contain. */
const SECRET_CHARS_MIN = 8;

/** A command may print what it was given; the record of the run, and the model, see the name of it only. */
function withoutValues(output: string, environment: Readonly<Record<string, string>>): string {
  let clean = output;
  // The longest first: one value may begin another.
  const values = Object.entries(environment).sort(([, one], [, other]) => other.length - one.length);
  for (const [key, value] of values)
    if (value.length >= SECRET_CHARS_MIN) clean = clean.replaceAll(value, `[value of ${key}]`);
  return clean;
}

/** Where commands were not let: who looks after the agents is to see it. */
async function tellRefused(context: Context, run: Run, refused: readonly EgressEntry[]): Promise<void> {
  if (refused.length === 0) return;
  const hosts = [...new Set(refused.map(({ host, port }) => `${host}:${port}`))];
  await inTransaction(context, async (tx) =>
    record(tx, {
      organizationId: run.organization_id,
      officeId: run.office_id,
      agentId: run.agent_id,
      type: 'egress.refused',
      subjectId: run.id,
      data: { hosts },
    }),
  );
}
