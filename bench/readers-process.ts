import { get, type IncomingMessage } from 'node:http';

// The readers of a stream of messages, in a process of their own. Each counts what it is told and how late, some hang up at
// random and go on from the last id that they have. Prints `ready`, waits for a line on standard input, prints what it saw.
const { url, headers, readers, hangUps } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string;
  headers: Record<string, string>;
  readers: number;
  /** How many hang up each second. */
  hangUps: number;
};

const delaysMs: number[] = [];
let doubled = 0;
let hungUp = 0;

class Reader {
  readonly seen = new Set<number>();
  #lastId = '';
  #response: IncomingMessage | undefined;
  #isOver = false;

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const resume = this.#lastId === '' ? {} : { 'last-event-id': this.#lastId };
      const request = get(url, { headers: { ...headers, ...resume }, agent: false }, (response) => {
        this.#response = response;
        let buffer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          buffer += chunk;
          for (let end = buffer.indexOf('\n\n'); end !== -1; end = buffer.indexOf('\n\n')) {
            this.#take(buffer.slice(0, end));
            buffer = buffer.slice(end + 2);
          }
          resolve();
        });
        response.on('error', () => {});
        response.on('close', () => {
          if (!this.#isOver) setTimeout(() => void this.open().catch(() => {}), 50 + Math.random() * 200);
        });
      });
      request.on('error', reject);
    });
  }

  hangUp(): void {
    hungUp++;
    this.#response?.destroy();
  }

  close(): void {
    this.#isOver = true;
    this.#response?.destroy();
  }

  #take(frame: string): void {
    const id = /^id: (\d+)$/m.exec(frame)?.[1];
    const told = /#(\d+) at ([\d.]+)#/.exec(frame);
    if (id === undefined || told === null) return;
    this.#lastId = id;
    const number = Number(told[1]);
    if (this.seen.has(number)) doubled++;
    this.seen.add(number);
    delaysMs.push(performance.timeOrigin + performance.now() - Number(told[2]));
  }
}

const all = Array.from({ length: readers }, () => new Reader());
for (const reader of all) await reader.open();
process.stdout.write('ready\n');
const hanging = setInterval(() => {
  for (let index = 0; index < hangUps; index++) all[Math.floor(Math.random() * all.length)]?.hangUp();
}, 1_000);
process.stdin.once('data', (chunk) => {
  clearInterval(hanging);
  const expected = Number(chunk.toString());
  const deadline = Date.now() + 10_000;
  const look = setInterval(() => {
    const missing = all.reduce((sum, { seen }) => sum + Math.max(0, expected - seen.size), 0);
    if (missing > 0 && Date.now() < deadline) return;
    clearInterval(look);
    for (const reader of all) reader.close();
    delaysMs.sort((a, b) => a - b);
    const at = (share: number) => delaysMs[Math.min(delaysMs.length - 1, Math.floor(delaysMs.length * share))] ?? 0;
    process.stdout.write(
      `${JSON.stringify({ deliveries: delaysMs.length, missing, doubled, hungUp, p50: at(0.5), p99: at(0.99), max: at(1) })}\n`,
      () => process.exit(0),
    );
  }, 100);
});
