import { hostname } from 'node:os';
import { type Driver, TurnFailure } from '@guildhall/agent';
import { newId } from '@guildhall/kernel';
import type { Logger } from 'pino';
import { takeBackTransfers } from '../domain/clones/index.ts';
import { type Context, type House, systemContext } from '../domain/context/index.ts';
import { claimNextRun, loseRunsOfWorker, type Run, renewRuns, takeBackLostRuns } from '../domain/runs/index.ts';
import { executeRun } from './execute-run.ts';
import { keepHouse } from './housekeeping.ts';
import type { ToolHost } from './run-tools.ts';

export interface SupervisorOptions {
  drivers: ReadonlyMap<string, Driver>;
  tools: ToolHost;
  /** How many runs this process works on at once. */
  concurrency: number;
  leaseMs: number;
  /** How long one run may work without a pause. */
  workMs: number;
  log: Logger;
}

interface Execution {
  run: Run;
  controller: AbortController;
  done: Promise<void>;
}

const TICK_MS = 1_000;
const STOP_WAIT_MS = 8_000;

/**
 * Decides who works on what, and when: leases runs, executes them, renews the leases, takes lost runs back. Several
 * supervisors on one PostgreSQL share the work; none of them knows of the others.
 */
export class Supervisor {
  readonly #context: Context;
  readonly #options: SupervisorOptions;
  readonly #worker = `${hostname()}:${process.pid}:${newId().slice(-8)}`;
  /** By run and fence: a run that was taken away may come back while its old execution still unwinds. */
  readonly #active = new Map<string, Execution>();
  #claiming: Promise<void> | undefined;
  #claimAgain = false;
  #stopped = false;
  #stopListening: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #lastRenewedAt = 0;
  #ticking: Promise<void> | undefined;

  constructor(house: House, options: SupervisorOptions) {
    this.#context = systemContext(house, 'supervisor');
    this.#options = options;
  }

  async start(): Promise<void> {
    // One process owns a SQLite folder: whoever held these leases is dead.
    if (this.#context.house.engine.kind === 'sqlite') {
      await loseRunsOfWorker(this.#context);
      await takeBackTransfers(this.#context);
    }
    this.#stopListening = this.#context.house.wake.onCommit(({ runs, stops }) => {
      if (stops) this.#dropLost();
      if (runs) this.#claim();
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#claim();
  }

  /** Claims nothing more, lets the runs under way end, and gives back those that do not. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    clearInterval(this.#timer);
    await this.#claiming;
    await this.#ticking;
    const ending = Promise.all([...this.#active.values()].map((run) => run.done));
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, STOP_WAIT_MS);
    await Promise.race([ending, timer.promise]);
    clearTimeout(timeout);
    for (const run of this.#active.values()) run.controller.abort();
    await ending;
  }

  /** One claim loop at a time; a ring while it runs makes it look once more. */
  #claim(): void {
    this.#claimAgain = true;
    this.#claiming ??= this.#claimWhileThereIsWork().finally(() => {
      this.#claiming = undefined;
      if (this.#claimAgain && !this.#stopped && this.#active.size < this.#options.concurrency) this.#claim();
    });
  }

  async #claimWhileThereIsWork(): Promise<void> {
    try {
      while (!this.#stopped && this.#active.size < this.#options.concurrency) {
        this.#claimAgain = false;
        const run = await claimNextRun(this.#context, this.#worker, this.#options.leaseMs);
        if (run === undefined) return;
        this.#claimAgain = true;
        this.#begin(run);
      }
    } catch (error) {
      this.#claimAgain = false;
      this.#options.log.error({ err: error }, 'claiming runs failed; the next tick tries again');
    }
  }

  #begin(run: Run): void {
    const key = `${run.id}/${run.fence}`;
    const controller = new AbortController();
    const { drivers, tools, log } = this.#options;
    const equipment = { driver: drivers.get(run.driver), tools, signal: controller.signal, log };
    const { workMs } = this.#options;
    const late = new TurnFailure('time_limit', `The run took longer than ${workMs / 1_000} seconds.`);
    const timer = setTimeout(() => controller.abort(late), workMs);
    const done = executeRun(this.#context, run, equipment).finally(() => {
      clearTimeout(timer);
      this.#active.delete(key);
      this.#claim();
    });
    this.#active.set(key, { run, controller, done });
  }

  /** Cheap when there is nothing to do: a few index look-ups a second, no model call ever. */
  #tick(): void {
    this.#ticking ??= this.#keepOrder()
      .catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'housekeeping failed; the next tick tries again'),
      )
      .finally(() => {
        this.#ticking = undefined;
      });
  }

  /** Somebody stopped runs: those that are ours and no longer held are told at once, not with the next renewal. */
  #dropLost(): void {
    if (this.#active.size === 0) return;
    this.#renew().catch((error: unknown) =>
      this.#options.log.error({ err: error }, 'stopped runs could not be looked up; the next tick tries again'),
    );
  }

  async #renew(): Promise<void> {
    const mine = [...this.#active.values()];
    const ids = mine.map(({ run }) => run.id);
    const kept = await renewRuns(this.#context, this.#worker, ids, this.#options.leaseMs);
    const held = new Set(kept.map(({ id, fence }) => `${id}/${fence}`));
    // Whoever took the run over works on it now: stop ours before it does more.
    for (const { run, controller } of mine) if (!held.has(`${run.id}/${run.fence}`)) controller.abort();
  }

  async #keepOrder(): Promise<void> {
    const now = this.#context.house.clock.now();
    if (now - this.#lastRenewedAt > this.#options.leaseMs / 3) {
      this.#lastRenewedAt = now;
      await this.#renew();
    }
    try {
      await takeBackLostRuns(this.#context);
      await keepHouse(this.#context, {
        isStopped: () => this.#stopped,
        onFault: (error) =>
          this.#options.log.error({ err: error }, 'a part of the housekeeping failed; the next tick tries again'),
      });
    } finally {
      // Runs whose time has come are found here only.
      this.#claim();
    }
  }
}
