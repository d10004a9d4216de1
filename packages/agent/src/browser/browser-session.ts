import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findProcess } from '../sandbox/process-scan.ts';
import { ProcessTree } from '../sandbox/process-tree.ts';
import type { ProcessUsage } from '../sandbox/process-usage.ts';
import type { ResourceGroup } from '../sandbox/resource-group.ts';
import type { EgressRules } from '../web/egress.ts';
import { openEgressProxy } from '../web/egress-proxy.ts';

const ACTION_TIMEOUT_MS = 15_000;
const NAVIGATION_TIMEOUT_MS = 30_000;

/** Chromium as an agent gets it: no first-run talk, nothing in the background, everything through our proxy. */
const FLAGS = ['--disable-gpu', '--disable-background-networking', '--disable-sync', '--disable-component-update'];

/** Who holds and counts what a browser uses. */
export interface BrowserKeeper {
  /** What it may use together with others, asked for when it is started. */
  resources?(): Promise<ResourceGroup>;
  /** Hears at its end what it has used, with all its processes. */
  onUsage?(usage: ProcessUsage): void;
}

/** One browser for one run: started with its first use, ended with the run, its profile thrown away. */
export class BrowserSession {
  readonly #executablePath: string;
  readonly #rules: EgressRules;
  readonly #keeper: BrowserKeeper;
  #opening: Promise<Page> | undefined;
  /** Of the browser that is open, what takes it away again. */
  #closing: (() => Promise<void>)[] = [];
  #tree: ProcessTree | undefined;

  constructor(executablePath: string, rules: EgressRules, keeper: BrowserKeeper = {}) {
    this.#executablePath = executablePath;
    this.#rules = rules;
    this.#keeper = keeper;
  }

  /** Starts the browser when there is none, or none any more. */
  page(): Promise<Page> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** Why the last browser is no more, where it was ended for what it held. */
  get ending(): string | undefined {
    const passed = this.#tree?.passed;
    if (passed === undefined) return undefined;
    return passed === 'too_much_memory'
      ? 'The browser was ended, since it held more memory than it may: that of the agent, or of its office.'
      : 'The browser was ended, since it had started too many processes.';
  }

  async screenshot(): Promise<Uint8Array> {
    return (await this.page()).screenshot({ timeout: ACTION_TIMEOUT_MS });
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#opening = undefined;
    for (const close of this.#closing.splice(0).reverse()) await close().catch(() => {});
  }

  async #open(): Promise<Page> {
    this.#tree = undefined;
    try {
      return await this.#start();
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  async #start(): Promise<Page> {
    const { chromium } = await import('playwright-core');
    const proxy = await openEgressProxy(this.#rules);
    this.#closing.push(() => proxy.close());
    const profile = await mkdtemp(join(tmpdir(), 'guildhall-browser-'));
    this.#closing.push(() => rm(profile, { recursive: true, force: true }));
    const group = await this.#keeper.resources?.();
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: this.#executablePath,
      headless: true,
      acceptDownloads: false,
      // As root Chromium cannot make its own sandbox.
      chromiumSandbox: process.getuid?.() !== 0,
      // Loopback too: without this Chromium would go there past the proxy.
      proxy: { server: proxy.url, bypass: '<-loopback>' },
      args: FLAGS,
    });
    let isOver = false;
    const processId = findProcess(`--user-data-dir=${profile}`);
    if (processId !== undefined) {
      const tree = new ProcessTree(processId, { group, sharesMemory: true, isOver: () => isOver });
      this.#tree = tree;
      this.#closing.push(async () => this.#keeper.onUsage?.(tree.finish(0)));
    }
    this.#closing.push(() => context.close());
    // One that died by itself, or was ended, makes room for another.
    context.once('close', () => {
      isOver = true;
      void this.#end();
    });
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    context.setDefaultNavigationTimeout(NAVIGATION_TIMEOUT_MS);
    return context.pages()[0] ?? (await context.newPage());
  }
}
