import type { ServerResponse } from 'node:http';
import { errors, GuildhallError } from '@guildhall/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../domain/context/index.ts';
import { checkCursor, type Event, type EventFilter, followEvents } from '../domain/events/index.ts';

const KEEP_ALIVE_MS = 15_000;
const CHECK_CREDENTIAL_MS = 30_000;
const MOVED = 'office.transferred';

type Framed = { event: string; data: unknown } | undefined;

export interface EventStreamOptions {
  /** The organisation whose log is read. */
  stream: string;
  filter: EventFilter;
  cursor: string | undefined;
  /** Event → name and JSON; undefined leaves it out. */
  frame(event: Event): Framed | Promise<Framed>;
  /** Called with what was written, after it was. */
  onWritten?(events: readonly Event[]): Promise<void>;
  /** Whether the caller may be told of the event. */
  mayHear(context: Context, event: Event): Promise<boolean>;
  /** What is not in the log and is told as it happens, without an id. Returns the function that stops it. */
  live?(tell: (frame: { event: string; data: unknown }) => void): () => void;
  /** Sent first, without an id: it is not in the log. */
  greeting?: { event: string; data: unknown };
  /** Aborted when the server shuts down. */
  closing: AbortSignal;
  /** Throws when the caller may no longer read here. Asked again from time to time. */
  stillAllowed(): Promise<void>;
}

/**
 * Answers with server-sent events from the log. `id:` is the cursor of durable events only; `Last-Event-ID` or `?cursor=`
 * resumes after one. A reader that does not take what it is sent is waited for: nothing is dropped. The last event is
 * `end` with the reason, unless the reader left.
 */
export async function sendEventStream(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  options: EventStreamOptions,
): Promise<void> {
  const afterSeq = cursorOf(request, options.cursor);
  if (afterSeq !== undefined) await checkCursor(context, options.stream, afterSeq);
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, options.closing]);
  reply.hijack();
  const response = reply.raw;
  response.on('close', () => left.abort());
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  });
  const write = async (text: string) => {
    if (!response.write(text) && !signal.aborted) await drained(response, signal);
  };
  const keepAlive = setInterval(() => {
    if (response.writableNeedDrain === false) response.write(': keep-alive\n\n');
  }, KEEP_ALIVE_MS);
  let reason = 'server_shutdown';
  const check = setInterval(() => {
    options.stillAllowed().catch((error: unknown) => {
      reason = error instanceof GuildhallError ? error.code : 'internal_error';
      void write(endFrame(reason)).finally(() => left.abort());
    });
  }, CHECK_CREDENTIAL_MS);
  // A reader that does not keep up misses what is not kept anyway; what is in the log waits for it.
  const stopLive = options.live?.((frame) => {
    if (!response.writableNeedDrain && !signal.aborted) response.write(frameText(frame));
  });
  try {
    await write(options.greeting === undefined ? ': connected\n\n' : frameText(options.greeting));
    const { types, officeId } = options.filter;
    // When the office changes hands its log goes on elsewhere, and who reads here may not be who reads there.
    const filter = { ...options.filter, types: types === undefined ? undefined : [...types, MOVED] };
    for await (const events of followEvents(context, options.stream, { afterSeq, filter, signal })) {
      let text = '';
      const told: Event[] = [];
      for (const event of events) {
        if (event.type === MOVED && event.office_id === officeId) {
          reason = 'office_moved';
          break;
        }
        if (event.type === MOVED && types !== undefined) continue;
        const frame = (await options.mayHear(context, event)) ? await options.frame(event) : undefined;
        if (frame === undefined) continue;
        told.push(event);
        text += `id: ${event.seq}\n${frameText(frame)}`;
      }
      if (text !== '') await write(text);
      if (told.length > 0 && !signal.aborted) await options.onWritten?.(told);
      if (signal.aborted || reason === 'office_moved') break;
    }
  } catch (error) {
    reason = error instanceof GuildhallError ? error.code : 'internal_error';
    if (!(error instanceof GuildhallError))
      request.log.error({ err: error, requestId: request.id }, 'an event stream broke');
  } finally {
    clearInterval(keepAlive);
    clearInterval(check);
    stopLive?.();
    if (response.writableNeedDrain) response.destroy();
    else if (!left.signal.aborted) response.end(endFrame(reason));
    else response.end();
  }
}

function endFrame(reason: string): string {
  return frameText({ event: 'end', data: { reason } });
}

function frameText(frame: { event: string; data: unknown }): string {
  return `event: ${frame.event}\ndata: ${JSON.stringify(frame.data)}\n\n`;
}

/** Until the reader has taken what was written, or left, or the server shuts down. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    signal.addEventListener('abort', done);
  });
}

/** The query wins over the header: a link with a cursor means that cursor. */
function cursorOf(request: FastifyRequest, query: string | undefined): number | undefined {
  const header = request.headers['last-event-id'];
  const text = query ?? (typeof header === 'string' ? header : undefined);
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw errors.validationFailed('cursor', 'is not the id of an event');
  return Number(text);
}
