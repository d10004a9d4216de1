import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { findProcess } from '../sandbox/process-scan.ts';
import { type ProcessUsage, UsageMeter } from '../sandbox/process-usage.ts';
import type { EgressRules } from '../web/egress.ts';
import { type EgressProxy, openEgressProxy } from '../web/egress-proxy.ts';

const ACTION_TIMEOUT_MS = 15_000;
const NAVIGATION_TIMEOUT_MS = 30_000;

/** Chromium as an agent gets it: no first-run talk, nothing in the background, everything through our proxy. */
const FLAGS = ['--disable-gpu', '--disable-background-networking', '--disable-sync', '--disable-component-update'];

/** One browser for one run: started with its first use, ended with the run, its profile thrown away. */
export class BrowserSession {
  readonly #executablePath: string;
  readonly #rules: EgressRules;
  readonly #onUsage: (usage: ProcessUsage) => void;
  #opening: Promise<Page> | undefined;
  #closing: (() => Promise<void>)[] = [];

  constructor(executablePath: string, rules: EgressRules, onUsage: (usage: ProcessUsage) => void = () => {}) {
    this.#executablePath = executablePath;
    this.#rules = rules;
    this.#onUsage = onUsage;
  }

  page(): Promise<Page> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  async screenshot(): Promise<Uint8Array> {
    return (await this.page()).screenshot({ timeout: ACTION_TIMEOUT_MS });
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    for (const close of this.#closing.splice(0).reverse()) await close().catch(() => {});
  }

  async #open(): Promise<Page> {
    const { chromium } = await import('playwright-core');
    const proxy: EgressProxy = await openEgressProxy(this.#rules);
    this.#closing.push(() => proxy.close());
    const profile = await mkdtemp(join(tmpdir(), 'guildhall-browser-'));
    this.#closing.push(() => rm(profile, { recursive: true, force: true }));
    const context: BrowserContext = await chromium.launchPersistentContext(profile, {
      executablePath: this.#executablePath,
      headless: true,
      acceptDownloads: false,
      // As root Chromium cannot make its own sandbox.
      chromiumSandbox: process.getuid?.() !== 0,
      // Loopback too: without this Chromium would go there past the proxy.
      proxy: { server: proxy.url, bypass: '<-loopback>' },
      args: FLAGS,
    });
    const processId = findProcess(`--user-data-dir=${profile}`);
    if (processId !== undefined) {
      const meter = new UsageMeter(processId);
      this.#closing.push(async () => this.#onUsage(meter.finish(0)));
    }
    this.#closing.push(() => context.close());
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    context.setDefaultNavigationTimeout(NAVIGATION_TIMEOUT_MS);
    return context.pages()[0] ?? (await context.newPage());
  }
}
