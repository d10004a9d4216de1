import { formatInstant, GuildhallError } from '@guildhall/kernel';
import { loadAgent, updateAgent } from '../domain/agents/index.ts';
import {
  type ClonePhase,
  CloneReport,
  type CloneTransfer,
  claimTransfer,
  failTransfer,
  finishTransfer,
  type Manifest,
  noteProgress,
  readPackageManifest,
} from '../domain/clones/index.ts';
import type { AgentFolder, Context } from '../domain/context/index.ts';
import { keepBrought } from '../domain/memory/index.ts';
import { createSchedule, listSchedules } from '../domain/schedules/index.ts';
import { memoriesIn } from './clone-memories.ts';
import { BrokenPackage, readPackage } from './clone-package.ts';
import { modelIn, schedulesIn } from './clone-settings.ts';

const TOLD_EVERY_FILES = 50;
const SCHEDULES_MAX = 50;
/** What a clone may remember from before: it is indexed in this house, beside everybody's work. */
const MEMORY_CHARS_MAX = 20_000_000;

const installing = new WeakSet<Context['house']>();

/** Installs the packages of clones that wait for it, one after the other; a process works on one at a time. */
export async function installClones(context: Context): Promise<void> {
  if (installing.has(context.house)) return;
  installing.add(context.house);
  try {
    for (;;) {
      const transfer = await claimTransfer(context);
      if (transfer === undefined) return;
      await install(context, transfer);
    }
  } finally {
    installing.delete(context.house);
  }
}

async function install(context: Context, transfer: CloneTransfer): Promise<void> {
  try {
    const report = new CloneReport();
    // Throws when the agent was fired meanwhile.
    await loadAgent(context, transfer.office_id, transfer.clone_agent_id, 'agents:read');
    const manifest = readPackageManifest(transfer.manifest);
    const { clock } = context.house;
    await new Installation(context, transfer, manifest, report).run();
    const now = clock.now();
    const startedAt = transfer.started_at ?? now;
    const identity = {
      transfer_id: transfer.id,
      origin_agent: transfer.origin_name,
      clone_name: transfer.clone_name,
      office_id: transfer.office_id,
    };
    const times = { startedAt: formatInstant(startedAt), completedAt: formatInstant(now), durationMs: now - startedAt };
    await finishTransfer(context, transfer, report.present(identity, times));
  } catch (error) {
    // Somebody else has taken it over, and tells how it ends.
    if (error instanceof GuildhallError && error.code === 'stale_fence') return;
    if (!(error instanceof BrokenPackage) && !(error instanceof GuildhallError)) throw error;
    await failTransfer(context, transfer, error.message);
  }
}

/** One package on its way into one agent. Written again, everything is what it was: a second try ends like the first. */
class Installation {
  readonly #context: Context;
  readonly #transfer: CloneTransfer;
  readonly #manifest: Manifest;
  readonly #report: CloneReport;
  #at = { phase: 'identity', percent: 0, path: '' };
  /** Characters that were remembered so far. */
  #remembered = 0;

  constructor(context: Context, transfer: CloneTransfer, manifest: Manifest, report: CloneReport) {
    this.#context = context;
    this.#transfer = transfer;
    this.#manifest = manifest;
    this.#report = report;
  }

  async run(): Promise<void> {
    const { house } = this.#context;
    const folder = await house.openWorkspace(this.#transfer.clone_agent_id);
    const bundle = await house.blobs.read(this.#transfer.bundle_sha256 ?? '');
    const total = Math.max(1, this.#manifest.files.size);
    let seen = 0;
    let toldPhase = '';
    for await (const entry of readPackage(bundle, this.#manifest)) {
      if (entry.kind === 'warning') {
        this.#report.warn(entry.text, entry.phase);
        continue;
      }
      if (entry.phase !== toldPhase || seen % TOLD_EVERY_FILES === 0) {
        toldPhase = entry.phase;
        this.#at = { phase: entry.phase, percent: Math.min(99, (100 * seen) / total), path: entry.path };
        await this.#tell();
      }
      seen++;
      if (entry.kind === 'failed') this.#report.failed(entry.phase, entry.path, entry.reason);
      else await this.#take(folder, entry.path, entry.phase, entry.content);
    }
    if (this.#manifest.modelPrimary !== '') await this.#keepModel(this.#manifest.modelPrimary);
    await tellOfSkills(folder);
  }

  /** Says how far it is, and so that somebody is at it still. */
  async #tell(): Promise<void> {
    const { phase, percent, path } = this.#at;
    const message = path.slice(0, 200).replaceAll('\0', ' ').toWellFormed();
    await noteProgress(this.#context, this.#transfer, { phase, percent, message });
  }

  async #take(folder: AgentFolder, path: string, phase: ClonePhase, content: Buffer): Promise<void> {
    const begunAt = performance.now();
    try {
      if (phase === 'memory') await this.#remember(path, content);
      else if (phase === 'config') await this.#configure(path, content);
      else await folder.write(path.replace(/^(?:identity|workspace)\//, ''), content);
      if (/^identity\/(?:SOUL|IDENTITY)\.md$/.test(path)) this.#report.isPersonalityTransferred = true;
      this.#report.wrote(phase, Math.round(performance.now() - begunAt));
    } catch (error) {
      if (error instanceof BrokenPackage || (error instanceof GuildhallError && error.code === 'stale_fence'))
        throw error;
      this.#report.failed(phase, path, error instanceof Error ? error.message : String(error));
    }
  }

  async #remember(path: string, content: Buffer): Promise<void> {
    const { clone_agent_id: id, clone_name: name, office_id: officeId } = this.#transfer;
    const { memories, leftOut } = memoriesIn(path, content.toString('utf8'));
    for (const { text } of memories) this.#remembered += text.length;
    if (this.#remembered > MEMORY_CHARS_MAX)
      throw new BrokenPackage(`The package remembers more than ${MEMORY_CHARS_MAX / 1_000_000} million characters.`);
    this.#report.memoryEntries += await keepBrought(this.#context, { id, name, officeId }, memories, () =>
      this.#tell(),
    );
    if (leftOut > 0) this.#report.warn(`${path}: ${leftOut} entries are more than are kept`, 'memory');
  }

  async #configure(path: string, content: Buffer): Promise<void> {
    const value: unknown = JSON.parse(content.toString('utf8'));
    if (path.endsWith('clawdbot.json')) {
      const model = modelIn(value);
      // Keys and tokens in it are nobody's business here.
      if (model !== undefined) await this.#keepModel(model);
      return;
    }
    const { office_id: officeId, clone_agent_id: agentId } = this.#transfer;
    const { items: known } = await listSchedules(this.#context, officeId, { agentId }, { limit: SCHEDULES_MAX });
    const { schedules, unreadable } = schedulesIn(value);
    for (const name of unreadable)
      this.#report.warn(`the cron job "${name}" has no time that is understood here`, 'config');
    for (const schedule of schedules) {
      if (known.some(({ name }) => name === schedule.name)) continue;
      try {
        await createSchedule(this.#context, officeId, { ...schedule, agent: agentId });
      } catch (error) {
        if (!(error instanceof GuildhallError)) throw error;
        this.#report.warn(`the cron job "${schedule.name}" is not taken: ${error.message}`, 'config');
      }
    }
  }

  /** `anthropic/claude-sonnet-5`: kept when the house can ask it. */
  async #keepModel(model: string): Promise<void> {
    const { office_id: officeId, clone_agent_id: agentId } = this.#transfer;
    const slash = model.indexOf('/');
    const choice = { modelProvider: model.slice(0, Math.max(0, slash)), modelTier: model.slice(slash + 1) };
    const clone = await loadAgent(this.#context, officeId, agentId, 'agents:read');
    const { house } = this.#context;
    const isAsked =
      slash > 0 &&
      house.driverOf({
        driver: 'auto',
        model_tier: choice.modelTier,
        model_provider: choice.modelProvider,
        office_providers: clone.office_providers,
      }) === 'model';
    if (!isAsked) {
      this.#report.warn(
        `the model ${model.slice(0, 100)} cannot be asked here: the clone has what the office has`,
        'config',
      );
      return;
    }
    await updateAgent(this.#context, officeId, agentId, choice);
    this.#report.isProviderPreserved = true;
  }
}

const SKILLS_NOTE = 'What you brought with you: skills in skills/, scripts in scripts/. Read them when they fit.';

/** The clone is told its AGENTS.md in every turn; what else it has, it has to know of. */
async function tellOfSkills(folder: AgentFolder): Promise<void> {
  if (!(await folder.has('skills')) && !(await folder.has('scripts'))) return;
  const before = (await folder.has('AGENTS.md')) ? await folder.read('AGENTS.md') : '# How to work here\n';
  if (!before.includes(SKILLS_NOTE)) await folder.write('AGENTS.md', `${before.trimEnd()}\n\n- ${SKILLS_NOTE}\n`);
}
