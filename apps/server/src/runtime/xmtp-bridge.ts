import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { XmtpAccount } from '@guildhall/connectors/xmtp';
import { GuildhallError } from '@guildhall/kernel';
import type { Logger } from 'pino';
import {
  type ChannelAccount,
  claimAccounts,
  noteCaughtUp,
  releaseAccount,
  renewAccounts,
  takeBackAccounts,
} from '../domain/channels/index.ts';
import { type Context, type House, systemContext } from '../domain/context/index.ts';
import {
  accountsToDeliver,
  type ChannelDelivery,
  nextDelivery,
  noteSent,
  noteUnsent,
  receiveMessage,
} from '../domain/conversations/index.ts';
import { type IntegrationStatus, reportIntegration } from '../domain/integrations/index.ts';

export interface XmtpBridgeOptions {
  network: 'production' | 'dev' | 'local';
  url: string | undefined;
  folder: string | undefined;
  dataFolder: string;
  log: Logger;
}

interface Held {
  account: ChannelAccount;
  /** Undefined while it connects. */
  session: XmtpAccount | undefined;
  delivering: Promise<void> | undefined;
}

const CHANNEL = 'xmtp';
const TICK_MS = 1_000;
const LEASE_MS = 30_000;
const CAUGHT_UP_EVERY_MS = 60_000;

/**
 * Keeps the agents for whom it is switched on connected to the public XMTP network: what comes is taken in once, what they say
 * leaves in order. Several processes on one PostgreSQL share the accounts by leases; what a dead one held is taken over.
 */
export class XmtpBridge {
  readonly #context: Context;
  readonly #options: XmtpBridgeOptions;
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => {};
  #ticking: Promise<void> | undefined;
  #delivering: Promise<void> | undefined;
  #deliverAgain = false;
  #stopped = false;
  #caughtUpAt = 0;

  constructor(house: House, options: XmtpBridgeOptions) {
    this.#context = systemContext(house, 'xmtp');
    this.#options = options;
  }

  async start(): Promise<void> {
    mkdirSync(this.#folder(), { recursive: true, mode: 0o700 });
    if (this.#context.house.engine.kind === 'sqlite') await takeBackAccounts(this.#context);
    this.#stopListening = this.#context.house.wake.onCommit(() => this.#deliver());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    clearInterval(this.#timer);
    await this.#ticking;
    await Promise.all([...this.#held.values()].map((held) => this.#letGo(held)));
  }

  #folder(): string {
    return join(this.#options.dataFolder, 'xmtp');
  }

  #tick(): void {
    this.#ticking ??= this.#keepAccounts()
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'the accounts on XMTP could not be looked up'))
      .finally(() => {
        this.#ticking = undefined;
      });
    this.#deliver();
  }

  async #keepAccounts(): Promise<void> {
    const held = [...this.#held.values()];
    const accounts = held.map(({ account }) => account);
    const kept = await renewAccounts(this.#context, CHANNEL, accounts, LEASE_MS);
    for (const one of held) if (!kept.has(one.account.agentId)) await this.#letGo(one);
    await this.#noteCaughtUp();
    if (this.#stopped) return;
    for (const account of await claimAccounts(this.#context, CHANNEL, this.#context.house.instanceId, LEASE_MS)) {
      const one: Held = { account, session: undefined, delivering: undefined };
      this.#held.set(account.agentId, one);
      void this.#connect(one);
    }
  }

  /** So that a start after a fall does not ask for all that ever came. */
  async #noteCaughtUp(): Promise<void> {
    const now = this.#context.house.clock.now();
    if (now - this.#caughtUpAt < CAUGHT_UP_EVERY_MS) return;
    this.#caughtUpAt = now;
    for (const { account, session } of this.#held.values())
      if (session !== undefined) await noteCaughtUp(this.#context, account, now);
  }

  async #connect(one: Held): Promise<void> {
    const { account } = one;
    const { network, url, folder, log } = this.#options;
    let session: XmtpAccount | undefined;
    try {
      const { XmtpAccount } = await import('@guildhall/connectors/xmtp');
      const openedAt = this.#context.house.clock.now();
      session = await XmtpAccount.open({
        address: account.address,
        ...account.keys,
        databasePath: join(this.#folder(), `${account.agentId}.db3`),
        network,
        url,
        folder,
      });
      await session.hear(account.caughtUpAt, (said) => this.#take(account, said));
      await noteCaughtUp(this.#context, account, openedAt);
      // Let go of while it was connecting.
      if (this.#held.get(account.agentId) !== one) return await session.close();
      one.session = session;
      await this.#report(account, 'active');
      this.#deliver();
      const reason = await session.ended;
      if (reason !== undefined) throw reason;
    } catch (error) {
      await session?.close();
      if (this.#held.get(account.agentId) !== one) return;
      log.warn({ err: error, agent: account.agentId }, 'an agent is not connected to XMTP');
      this.#held.delete(account.agentId);
      await one.delivering;
      await this.#report(account, 'error', worded(error));
      await releaseAccount(this.#context, account, true).catch((fault: unknown) => log.error({ err: fault }));
    }
  }

  async #take(account: ChannelAccount, said: Parameters<Parameters<XmtpAccount['hear']>[1]>[0]): Promise<void> {
    const { id, from, text, group } = said;
    await receiveMessage(this.#context, account, { externalId: id, from, text, group });
  }

  async #letGo(one: Held): Promise<void> {
    const { account, session } = one;
    this.#held.delete(account.agentId);
    await one.delivering;
    await session?.close();
    await releaseAccount(this.#context, account, false);
  }

  /** One round at a time; a ring while it runs makes it look once more. */
  #deliver(): void {
    if (this.#stopped) return;
    this.#deliverAgain = true;
    this.#delivering ??= this.#beginDeliveries()
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'what is to leave could not be looked up'))
      .finally(() => {
        this.#delivering = undefined;
      });
  }

  async #beginDeliveries(): Promise<void> {
    while (this.#deliverAgain && !this.#stopped) {
      this.#deliverAgain = false;
      const connected = [...this.#held.values()].filter(({ session }) => session !== undefined);
      const waiting = await accountsToDeliver(
        this.#context,
        CHANNEL,
        connected.map(({ account }) => account.agentId),
      );
      for (const one of connected) {
        if (!waiting.has(one.account.agentId) || one.delivering !== undefined) continue;
        one.delivering = this.#deliverFrom(one)
          .catch((error: unknown) => this.#options.log.error({ err: error }, 'messages of an agent could not leave'))
          .finally(() => {
            one.delivering = undefined;
          });
      }
    }
  }

  async #deliverFrom(one: Held): Promise<void> {
    const { account, session } = one;
    while (session !== undefined && this.#held.get(account.agentId) === one && !this.#stopped) {
      const delivery = await nextDelivery(this.#context, account);
      if (delivery === undefined) return;
      if (!(await this.#send(account, session, delivery))) return;
    }
  }

  /** Whether it left, or never will: then the next one may. */
  async #send(account: ChannelAccount, session: XmtpAccount, delivery: ChannelDelivery): Promise<boolean> {
    let externalId: string;
    try {
      externalId = await session.send(delivery.to, delivery.content, delivery.messageId);
    } catch (error) {
      const isFinal = error instanceof Error && error.name === 'XmtpUnreachable';
      await noteUnsent(this.#context, account, delivery, { reason: worded(error), isFinal });
      return isFinal;
    }
    await noteSent(this.#context, account, delivery, externalId);
    return true;
  }

  async #report(account: ChannelAccount, status: IntegrationStatus, error?: string): Promise<void> {
    try {
      await reportIntegration(this.#context, account.officeId, account.agentId, CHANNEL, { status, error });
    } catch (fault) {
      // Fired meanwhile: nobody is left to be told of.
      if (!(fault instanceof GuildhallError && fault.code === 'not_found')) throw fault;
    }
  }
}

function worded(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500).toWellFormed();
}
