import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { XmtpAccount, XmtpInbound, XmtpLink } from '@guildhall/connectors/xmtp';
import { GuildhallError } from '@guildhall/kernel';
import { isDatabaseUnavailable } from '@guildhall/storage';
import type { Logger } from 'pino';
import {
  type ChannelAccount,
  claimAccounts,
  noteConnected,
  releaseAccount,
  renewAccounts,
  takeBackAccounts,
} from '../domain/channels/index.ts';
import { type Context, type House, systemContext } from '../domain/context/index.ts';
import {
  accountsToDeliver,
  type ChannelDelivery,
  dropDeliveries,
  nextDelivery,
  noteSent,
  noteUnsent,
  receivedAmong,
  receiveMessage,
  skipMessage,
} from '../domain/conversations/index.ts';
import { type IntegrationStatus, reportIntegration } from '../domain/integrations/index.ts';

export interface XmtpBridgeOptions {
  network: 'production' | 'dev' | 'local';
  url: string | undefined;
  folder: string | undefined;
  dataFolder: string;
  /** How long an account stays with a process that no longer says that it has it. */
  leaseMs: number;
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
const CONNECT_TIMEOUT_MS = 60_000;
const DROP_EVERY_MS = 10_000;
/** A message that is being sent when the house stops: the network may be away, and takes longer to say so. */
const STOP_WAIT_MS = 5_000;

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
  #droppedAt = 0;
  #link: Promise<XmtpLink> | undefined;

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
    const kept = await renewAccounts(this.#context, CHANNEL, accounts, this.#options.leaseMs);
    for (const one of held) if (!kept.has(one.account.agentId)) await this.#letGo(one);
    if (this.#stopped) return;
    const now = this.#context.house.clock.now();
    if (now - this.#droppedAt >= DROP_EVERY_MS) {
      this.#droppedAt = now;
      await dropDeliveries(this.#context, CHANNEL);
    }
    const { instanceId } = this.#context.house;
    for (const account of await claimAccounts(this.#context, CHANNEL, instanceId, this.#options.leaseMs)) {
      const one: Held = { account, session: undefined, delivering: undefined };
      this.#held.set(account.agentId, one);
      void this.#connect(one);
    }
  }

  /** Tried again with the next account, when it could not be made. */
  async #openLink(): Promise<XmtpLink> {
    const { openXmtpLink } = await import('@guildhall/connectors/xmtp');
    this.#link ??= openXmtpLink(this.#options);
    try {
      return await this.#link;
    } catch (error) {
      this.#link = undefined;
      throw error;
    }
  }

  async #connect(one: Held): Promise<void> {
    const { account } = one;
    const { log } = this.#options;
    let session: XmtpAccount | undefined;
    try {
      const link = await this.#openLink();
      const { XmtpAccount } = await import('@guildhall/connectors/xmtp');
      const opening = XmtpAccount.open(link, {
        address: account.address,
        ...account.keys,
        databasePath: join(this.#folder(), `${account.agentId}.db3`),
      });
      // One that comes too late is closed when it comes.
      session = await inTime(opening, (late) => void late.close());
      const heard = session.hear(
        (ids) => receivedAmong(this.#context, account, ids),
        (said) => this.#take(account, said),
      );
      await inTime(heard);
      await noteConnected(this.#context, account);
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
      const failures = await releaseAccount(this.#context, account, true).catch((fault: unknown) => {
        log.error({ err: fault }, 'an account on XMTP is not given back; its lease runs out');
        return 0;
      });
      // A connection that comes back at once is no news.
      if (failures > 1)
        await this.#report(account, 'error', wordedForOffice(error, 'The XMTP network cannot be reached.'));
    }
  }

  /** One message that cannot be taken in is not to end what the agent hears. */
  async #take(account: ChannelAccount, said: XmtpInbound): Promise<void> {
    const { id, from, text, sentAtMs: sentAt, group } = said;
    if (from === undefined || text === undefined) return skipMessage(this.#context, account, id);
    try {
      await receiveMessage(this.#context, account, { externalId: id, from, text, sentAt, group });
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      this.#options.log.error({ err: error, agent: account.agentId }, 'a message on XMTP could not be taken in');
      await skipMessage(this.#context, account, id);
    }
  }

  async #letGo(one: Held): Promise<void> {
    const { account, session } = one;
    this.#held.delete(account.agentId);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, STOP_WAIT_MS);
    await Promise.race([one.delivering, late.promise]);
    clearTimeout(timer);
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
      externalId =
        delivery.kind === 'opening'
          ? await session.openGroup(delivery.name, delivery.addresses, delivery.id)
          : await session.send(delivery.to, delivery.content, delivery.id);
    } catch (error) {
      const isFinal = error instanceof Error && error.name === 'XmtpUnreachable';
      const reason = wordedForOffice(error, 'The XMTP network did not take it.');
      this.#options.log.debug({ err: error, agent: account.agentId }, 'something could not be sent to XMTP');
      await noteUnsent(this.#context, account, delivery, { reason, isFinal });
      return isFinal;
    }
    await noteSent(this.#context, account, delivery, externalId);
    return true;
  }

  /** What is told of an account is no reason to lose it. */
  async #report(account: ChannelAccount, status: IntegrationStatus, error?: string): Promise<void> {
    try {
      await reportIntegration(this.#context, account.officeId, account.agentId, CHANNEL, { status, error });
    } catch (fault) {
      // Fired meanwhile: nobody is left to be told of.
      if (fault instanceof GuildhallError && fault.code === 'not_found') return;
      this.#options.log.error({ err: fault, agent: account.agentId }, 'the state of an account on XMTP is not told');
    }
  }
}

/** What is worded for people; the rest holds addresses and paths of the house, and is in its log. */
function wordedForOffice(error: unknown, otherwise: string): string {
  const isForPeople = error instanceof Error && ['XmtpUnavailable', 'XmtpUnreachable'].includes(error.name);
  return isForPeople ? error.message : `${otherwise} The log of the server says more.`;
}

/** A network that takes a call and never answers is as good as none. */
async function inTime<T>(work: Promise<T>, onLate: (late: T) => void = () => {}): Promise<T> {
  const late = Promise.withResolvers<never>();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    late.reject(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1_000} seconds`));
  }, CONNECT_TIMEOUT_MS);
  work.then(
    (value) => isLate && onLate(value),
    () => {},
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
