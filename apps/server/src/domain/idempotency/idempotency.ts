import { canonicalJson, GuildhallError, sha256Hex } from '@guildhall/kernel';
import { prepareQuery } from '@guildhall/storage';
import { sql } from 'kysely';
import type { IdempotencyKeyRow, Tables } from '../../schema/index.ts';
import { principalKey } from '../access/index.ts';
import { type Context, inTransaction } from '../context/index.ts';

const KEPT_MS = 24 * 3_600_000;
/** What is answered to a stranger is for the same address to ask again for, and many may share one. */
const KEPT_FOR_STRANGERS_MS = 10 * 60_000;

export interface IdempotentRequest {
  key: string;
  method: string;
  path: string;
  body: unknown;
  /** The answer holds a secret that is shown once: it is kept sealed. */
  isSecret?: boolean;
}

/** What was answered: status and body as they went out. */
export interface Answer {
  status: number;
  body: string;
}

const selectKept = prepareQuery<Tables, Pick<IdempotencyKeyRow, 'principal' | 'key'>>()((db, parameter) =>
  db
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'status', 'body', 'expires_at'])
    .where('principal', '=', parameter('principal'))
    .where('key', '=', parameter('key')),
);

const upsertKept = prepareQuery<Tables, IdempotencyKeyRow>()((db, parameter) => {
  const answer = {
    fingerprint: parameter('fingerprint'),
    status: parameter('status'),
    body: parameter('body'),
    expires_at: parameter('expires_at'),
  };
  return db
    .insertInto('idempotency_keys')
    .values({ principal: parameter('principal'), key: parameter('key'), ...answer })
    .onConflict((conflict) => conflict.columns(['principal', 'key']).doUpdateSet(answer));
});

/** Keys of requests that this process is executing right now. */
const inFlight = new Set<string>();

/**
 * Executes a request at most once for each key of a principal, as Stripe does. The effect, its events and the answer are
 * one transaction, so no crash can keep one without the other. A failure of ours after execution began is kept too;
 * a request that was refused is not, since nothing happened.
 */
export async function withIdempotency(
  context: Context,
  request: IdempotentRequest,
  execute: (transaction: Context) => Promise<Answer>,
  answerOf: (error: unknown) => Answer,
): Promise<{ answer: Answer; replayed: boolean }> {
  const principal = principalKey(context.principal);
  const fingerprint = sha256Hex(`${request.method} ${request.path}\n${canonicalJson(request.body)}`);
  const slot = `${principal}\n${request.key}`;
  if (inFlight.has(slot)) throw stillRunning(request.key);
  inFlight.add(slot);
  try {
    return await inTransaction(context, async (transaction) => {
      await lockKey(transaction, slot, request.key);
      const kept = await readKept(transaction, principal, request.key);
      if (kept !== undefined) {
        if (kept.fingerprint !== fingerprint) throw reused(request.key);
        return { answer: { status: kept.status, body: opened(transaction, slot, kept.body) }, replayed: true };
      }
      const answer = await execute(transaction);
      const body = request.isSecret === true ? sealed(transaction, slot, answer.body) : answer.body;
      await keep(transaction, principal, request.key, fingerprint, { status: answer.status, body });
      return { answer, replayed: false };
    });
  } catch (error) {
    // A refusal, or a database that was away: nothing happened, so the same request may come again. A fault of ours stays.
    const answer = answerOf(error);
    if (answer.status === 500) {
      await inTransaction(context, (transaction) => keep(transaction, principal, request.key, fingerprint, answer));
    }
    throw error;
  } finally {
    inFlight.delete(slot);
  }
}

/** Whether an answer is kept for this key of the caller: to this request, or to another one that will be refused. */
export async function isAnswered(context: Context, key: string): Promise<boolean> {
  return (await readKept(context, principalKey(context.principal), key)) !== undefined;
}

/** Between processes the lock is PostgreSQL's; within one process, and on SQLite, `inFlight` has already decided. */
async function lockKey(context: Context, slot: string, key: string): Promise<void> {
  if (context.house.engine.kind === 'sqlite') return;
  const { rows } = await sql<{
    free: boolean;
  }>`select pg_try_advisory_xact_lock(hashtextextended(${slot}, 1)) as free`.execute(context.db);
  if (rows[0]?.free !== true) throw stillRunning(key);
}

async function readKept(context: Context, principal: string, key: string) {
  const [row] = await selectKept(context.db, { principal, key });
  return row === undefined || row.expires_at <= context.house.clock.now() ? undefined : row;
}

async function keep(
  context: Context,
  principal: string,
  key: string,
  fingerprint: string,
  answer: Answer,
): Promise<void> {
  const keptMs = context.principal.kind === 'anonymous' ? KEPT_FOR_STRANGERS_MS : KEPT_MS;
  const expires_at = context.house.clock.now() + keptMs;
  await upsertKept(context.db, { principal, key, fingerprint, status: answer.status, body: answer.body, expires_at });
}

/** No answer of ours begins so: they are JSON. */
const SEALED = 'sealed ';

function sealed({ house }: Context, slot: string, body: string): string {
  return SEALED + house.vault.seal(body, placeOf(slot));
}

function opened({ house }: Context, slot: string, body: string): string {
  return body.startsWith(SEALED) ? house.vault.open(body.slice(SEALED.length), placeOf(slot)) : body;
}

function placeOf(slot: string): string {
  return `answer:${slot}`;
}

function stillRunning(key: string): GuildhallError {
  return new GuildhallError('idempotency_in_flight', {
    message: `A request with the Idempotency-Key "${key}" is still running.`,
    retryAfterSeconds: 1,
  });
}

function reused(key: string): GuildhallError {
  return new GuildhallError('idempotency_key_reused', {
    message: `The Idempotency-Key "${key}" was used for a different request.`,
    detail: { field: 'Idempotency-Key' },
  });
}
