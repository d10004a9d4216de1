import { TurnFailure } from '../../turn-failure.ts';
import { LastWords, withoutSecrets, wordsForPeople } from '../last-words.ts';
import { failureOf } from '../program-failure.ts';
import type { RunningProgram } from '../program-host.ts';
import { readOpenClawAnswer } from './openclaw-answer.ts';

/** What bounds the wait for the program's answer, and what must not stand in it. */
export interface AnswerLimits {
  signal: AbortSignal;
  totalMs: number;
  secret: string;
}

const OUTPUT_BYTES_MAX = 10_000_000;

/** The text that OpenClaw says at its end. Throws what its failure is called. The program is the caller's to kill. */
export async function answerOf(program: RunningProgram, { signal, totalMs, secret }: AnswerLimits): Promise<string> {
  const words = new LastWords(program.stderr);
  const ended = Promise.withResolvers<never>();
  const onAbort = () => ended.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const late = new TurnFailure('driver_failed', `OpenClaw did not end within ${totalMs} ms.`);
  const timer = setTimeout(() => ended.reject(late), totalMs);
  program.stdin.on('error', () => {});
  program.stdin.end();
  try {
    const output = await Promise.race([ended.promise, outputOf(program)]);
    const answer = readOpenClawAnswer(withoutSecrets(output, [secret]));
    if (answer !== undefined && 'text' in answer) return answer.text;
    const last = words.lastLine([secret]);
    if (answer !== undefined) {
      const failure = failureOf({ ...answer.error, text: `${answer.error.text} ${last}` });
      const said = wordsForPeople(answer.error.text, [secret]);
      throw failure ?? new TurnFailure('driver_failed', `OpenClaw failed: ${said}`);
    }
    const { code, signal: by } = await program.exit;
    const how = by === null ? `with code ${code}` : `by ${by}`;
    throw new TurnFailure(
      'driver_failed',
      `OpenClaw ended ${how} without an answer.${last === '' ? '' : ` It said: ${last}`}`,
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}

async function outputOf(program: RunningProgram): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > OUTPUT_BYTES_MAX)
      throw new TurnFailure('driver_failed', `OpenClaw wrote over ${OUTPUT_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  await program.exit;
  return Buffer.concat(chunks).toString('utf8').toWellFormed().replaceAll('\0', '');
}
