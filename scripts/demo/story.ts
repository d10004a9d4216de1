import { styleText } from 'node:util';
import type { MitosisClient, OfficeEvent } from '@guildhall/sdk';

const WAIT_MS = 30_000;

/** Tells what happens in an office from its event stream, as it happens, and waits for what must. */
export class Story {
  readonly #seen: OfficeEvent[] = [];
  readonly #controller = new AbortController();
  #wake: () => void = () => {};
  #following: Promise<void> = Promise.resolve();

  static async follow(client: MitosisClient, officeId: string): Promise<Story> {
    const story = new Story();
    story.#following = story.#follow(client, officeId);
    return story;
  }

  chapter(title: string): void {
    process.stdout.write(`\n${styleText('bold', title)}\n`);
  }

  /** Prints the claim; throws when it does not hold. */
  check(claim: string, holds: boolean): void {
    process.stdout.write(`  ${holds ? styleText('green', 'ok  ') : styleText('red', 'NOT ')} ${claim}\n`);
    if (!holds) throw new Error(`it does not hold that ${claim}`);
  }

  /** Waits until events of this type were seen so often. */
  async saw(type: string, times = 1): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (this.#seen.filter((event) => event.type === type).length < times) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no ${type} within ${WAIT_MS / 1000} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async end(): Promise<void> {
    this.#controller.abort();
    await this.#following;
  }

  async #follow(client: MitosisClient, officeId: string): Promise<void> {
    try {
      for await (const { event, data } of client.events.stream(officeId, {
        cursor: '0',
        signal: this.#controller.signal,
      })) {
        if (event === 'end') throw new Error(`the event stream ended: ${data}`);
        const seen = JSON.parse(data) as OfficeEvent;
        this.#seen.push(seen);
        process.stdout.write(
          `  ${styleText('gray', `${seen.created_at.slice(11, 23)} ${seen.type.padEnd(18)} ${summaryOf(seen)}`)}\n`,
        );
        this.#wake();
      }
    } catch (error) {
      if (!this.#controller.signal.aborted) throw error;
    }
  }
}

function summaryOf({ data }: OfficeEvent): string {
  const text = data.content ?? data.result ?? data.notes ?? data.summary ?? data.title ?? data.name ?? data.cause ?? '';
  return (typeof text === 'string' ? text : '').replaceAll(/\s+/g, ' ').slice(0, 100);
}
