import { setTimeout as delay } from 'node:timers/promises';
import type { ToolAnswer } from '../../dispatch/tool.ts';
import type { Turn, TurnHost, TurnOutcome } from '../../driver.ts';
import { type HouseHttpServer, openHouseHttpServer } from '../house-http-server.ts';
import { answerMcp, type HouseCall } from '../house-mcp.ts';
import type { ProgramHost } from '../program-host.ts';
import type { TurnCalls } from '../turn-calls.ts';
import type { ModelMeter } from './model-meter.ts';
import { type OpenClawCommand, openClawCommand } from './openclaw-command.ts';
import { outcomeOf } from './outcome-of.ts';
import { answerOf } from './program-answer.ts';

/** How long a program that was killed may take to be gone. */
const GONE_MS = 5_000;

/** One start of OpenClaw. */
export interface OpenClawRunOptions {
  programs: ProgramHost;
  turn: Turn;
  host: TurnHost;
  calls: TurnCalls;
  meter: ModelMeter;
  command: Omit<OpenClawCommand, 'house'>;
}

/** One start of OpenClaw, from what it is told to what it says at its end, with the house's tools in its reach. */
export class OpenClawRun {
  readonly #options: OpenClawRunOptions;
  readonly #ended = Promise.withResolvers<TurnOutcome>();
  readonly #serving = new Set<Promise<ToolAnswer>>();
  #outcome: TurnOutcome | undefined;

  constructor(options: OpenClawRunOptions) {
    this.#options = options;
    // Who reads it comes later than what may end it.
    this.#ended.promise.catch(() => {});
  }

  /** The outcome when one of the house's tools ended the turn; otherwise the program's last text. */
  async run(): Promise<TurnOutcome | string> {
    const { host, meter } = this.#options;
    host.signal.throwIfAborted();
    meter.listener = {
      asks: () => this.#settle(),
      failed: (error) => this.#ended.reject(error),
    };
    const house = await openHouseHttpServer((message) =>
      answerMcp(message, host.toolBox, (call) => this.#call(call)).catch((error: unknown) => {
        this.#ended.reject(error);
        throw error;
      }),
    );
    try {
      return await this.#serve(house);
    } finally {
      meter.listener = undefined;
      // What is being done for it is finished first: what was done is known to have been done.
      if (!host.signal.aborted) await Promise.allSettled(this.#serving);
      await house.close();
    }
  }

  async #serve(house: HouseHttpServer): Promise<TurnOutcome | string> {
    const { programs, turn, host, command } = this.#options;
    const program = await programs.start(turn.agent.id, openClawCommand({ ...command, house }), host.signal);
    const limits = { signal: host.signal, totalMs: command.timeoutMs, secret: command.credential.secret };
    try {
      const said = answerOf(program, limits).catch(async (error: unknown) => {
        // A task that was completed is completed, however the program ends.
        await Promise.allSettled(this.#serving);
        if (this.#outcome === undefined) throw error;
        return '';
      });
      const ended = await Promise.race([this.#ended.promise, said]);
      return this.#outcome ?? ended;
    } finally {
      program.kill();
      // The next start finds the program's state locked as long as this one is not gone.
      await Promise.race([program.exit, delay(GONE_MS, undefined, { ref: false })]);
    }
  }

  async #call({ name, input }: HouseCall): Promise<ToolAnswer> {
    const { host, meter, calls } = this.#options;
    if (!host.toolBox.specs.some((spec) => spec.name === name))
      return { status: 'refused', code: 'unknown_tool', message: `There is no tool "${name}".` };
    const call = await meter.take(name, input);
    const serving = calls.call(call);
    this.#serving.add(serving);
    try {
      const answer = await serving;
      this.#outcome ??= outcomeOf(this.#options.turn.cause, '', [{ call, answer }]);
      return answer;
    } finally {
      this.#serving.delete(serving);
      // The other calls of the same message are made first.
      if (this.#serving.size === 0 && !meter.hasOpenCalls) this.#settle();
    }
  }

  /** The turn ends when one of its calls was an end. A program that asks its model again has made all that it makes. */
  #settle(): void {
    if (this.#outcome === undefined) return;
    this.#ended.resolve(this.#outcome);
  }
}
