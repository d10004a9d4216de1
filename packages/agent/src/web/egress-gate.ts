import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type EgressLookup, EgressRefused, type EgressRules, resolveEgress } from './egress.ts';

/** One request that a program made, and what came of it. */
export interface EgressEntry {
  host: string;
  /** 0 where what was asked for is no address. */
  port: number;
  /** `allowed`: a connection was made, and whatever the program sent went there. `failed`: allowed, but none came about. */
  outcome: 'allowed' | 'refused' | 'failed';
  why?: string;
  atMs: number;
}

/** How a gate is kept; what is absent has a default. */
export interface EgressGateOptions {
  /** Hears of every request, once. It must not throw. */
  onRequest?: (entry: EgressEntry) => void;
  /** What is beyond is refused, for nothing may pass that is not in the log, and the log must have an end. */
  requestsMax?: number;
  connectTimeoutMs?: number;
  /** How long a connection may be silent in both directions. */
  idleTimeoutMs?: number;
  lookup?: EgressLookup;
  now?: () => number;
}

/** Where a request wants to go. */
export interface EgressTarget {
  host: string;
  port: number;
}

const REQUESTS_MAX = 100_000;
const CONNECT_TIMEOUT_MS = 15_000;
/** Long, for a model may think for minutes before its first word. */
const IDLE_TIMEOUT_MS = 300_000;
const HOST_CHARACTERS_MAX = 253;
const WHY_CHARACTERS_MAX = 200;

/** Looks at each request, opens the connection or refuses it, and says so in the log. */
export class EgressGate {
  readonly #rules: EgressRules;
  readonly #options: EgressGateOptions;
  #requests = 0;

  constructor(rules: EgressRules, options: EgressGateOptions) {
    this.#rules = rules;
    this.#options = options;
  }

  /** A connection to the one address that was looked at. Throws `EgressRefused`, or why there is no connection. */
  async open(target: EgressTarget | undefined, asked: string, client: Duplex): Promise<Socket> {
    const requestsMax = this.#options.requestsMax ?? REQUESTS_MAX;
    this.#requests += 1;
    try {
      if (this.#requests > requestsMax)
        throw new EgressRefused(asked, `is request ${requestsMax + 1}: no more are let out`);
      if (target === undefined) throw new EgressRefused(asked, 'is not an address');
      const socket = await this.#connect(target, client);
      this.#log(target, asked, 'allowed');
      return socket;
    } catch (error) {
      const outcome = error instanceof EgressRefused ? 'refused' : 'failed';
      // The first beyond the end stands for all after it.
      if (this.#requests <= requestsMax + 1) this.#log(target, asked, outcome, (error as Error).message);
      throw error;
    }
  }

  async #connect({ host, port }: EgressTarget, client: Duplex): Promise<Socket> {
    const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => giveUp(new EgressTimeout('The host did not take the connection in time.')),
      this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    );
    const onGone = () => giveUp(new Error('The program left before there was a connection.'));
    client.once('close', onGone);
    let socket: Socket | undefined;
    try {
      const { address } = await Promise.race([resolveEgress(host, port, this.#rules, this.#options.lookup), given]);
      // Half open, for a program may end what it sends and still wait for the answer.
      socket = connect({ host: address, port, allowHalfOpen: true });
      socket.on('error', () => {});
      await Promise.race([once(socket, 'connect'), given]);
      const connected = socket;
      connected.setTimeout(this.#options.idleTimeoutMs ?? IDLE_TIMEOUT_MS, () =>
        connected.destroy(new EgressTimeout('The host was silent for too long.')),
      );
      return connected;
    } catch (error) {
      socket?.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      client.off('close', onGone);
    }
  }

  #log(target: EgressTarget | undefined, asked: string, outcome: EgressEntry['outcome'], why?: string): void {
    this.#options.onRequest?.({
      host: (target?.host ?? asked).slice(0, HOST_CHARACTERS_MAX).toWellFormed(),
      port: target?.port ?? 0,
      outcome,
      ...(why === undefined ? {} : { why: why.slice(0, WHY_CHARACTERS_MAX).toWellFormed() }),
      atMs: (this.#options.now ?? Date.now)(),
    });
  }
}

/** The other side took too long, as opposed to refusing. */
export class EgressTimeout extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EgressTimeout';
  }
}
