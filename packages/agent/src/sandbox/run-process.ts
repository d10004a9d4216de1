import { spawn } from 'node:child_process';

export interface ProcessRequest {
  file: string;
  args: readonly string[];
  cwd: string;
  environment: Record<string, string>;
  timeoutMs: number;
  outputBytesMax: number;
  signal: AbortSignal;
}

export interface ProcessResult {
  exitCode: number | null;
  /** Standard output and error as they came; the middle is left out when they are too long. */
  output: string;
  /** Why it did not end by itself. */
  endedBy?: 'timeout' | 'stopped';
  durationMs: number;
}

/** Runs a program to its end, or kills it with all that it has started. Never throws for what the program does. */
export function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(request.file, request.args, {
      cwd: request.cwd,
      env: request.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: what it starts dies with it.
      detached: true,
    });
    const output = new Output(request.outputBytesMax);
    let endedBy: ProcessResult['endedBy'];
    const end = (why: ProcessResult['endedBy']) => {
      endedBy ??= why;
      killGroup(child.pid);
    };
    const timer = setTimeout(() => end('timeout'), request.timeoutMs);
    const onAbort = () => end('stopped');
    request.signal.addEventListener('abort', onAbort, { once: true });
    if (request.signal.aborted) onAbort();
    child.stdout.on('data', (chunk: Buffer) => output.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.add(chunk));
    const settle = () => {
      clearTimeout(timer);
      request.signal.removeEventListener('abort', onAbort);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (exitCode) => {
      settle();
      killGroup(child.pid);
      resolve({
        exitCode,
        output: output.text(),
        durationMs: Math.round(performance.now() - startedAt),
        ...(endedBy === undefined ? {} : { endedBy }),
      });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended already.
  }
}

/** The beginning and the end of what was written, in bounded memory. */
class Output {
  readonly #bytesMax: number;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #dropped = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(chunk: Buffer): void {
    const half = this.#bytesMax / 2;
    const room = Math.max(0, half - this.#head.length);
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const tail = Buffer.concat([this.#tail, chunk.subarray(room)]);
    const excess = Math.max(0, tail.length - half);
    this.#dropped += excess;
    this.#tail = Buffer.from(tail.subarray(excess));
  }

  text(): string {
    const gap = this.#dropped === 0 ? '' : `\n[… ${this.#dropped} bytes left out …]\n`;
    return `${this.#head.toString('utf8')}${gap}${this.#tail.toString('utf8')}`.toWellFormed().replaceAll('\0', '');
  }
}
