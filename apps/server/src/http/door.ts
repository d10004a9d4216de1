import { errors, GuildhallError, type JsonObject } from '@guildhall/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Context } from '../domain/context/index.ts';
import { isAnswered, withIdempotency } from '../domain/idempotency/index.ts';
import type { Dialect } from './dialect.ts';
import { renameSpellings } from './spellings.ts';
import { STATUS_WORDS } from './status-words.ts';
import { toGuildhallError } from './to-error.ts';

/** A route, declared: everything that can be known about it without running it. */
export interface RouteDeclaration<Params extends TSchema, Query extends TSchema, Body extends TSchema, Received> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** operationId in the OpenAPI document; the SDK call where there is one. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Status and schema of the answers; `null` has no body. A handler means the highest 2xx unless it returns an `Answer`. */
  answers: Record<number, TSchema | null>;
  /** Which failures the caller should expect, beyond 400, 401, 403 and 429. */
  fails?: number[];
  /** Open to strangers. */
  open?: boolean;
  /** Creates or pays: takes an `Idempotency-Key`. With `secret`, the answer that is kept for it is sealed. */
  idempotent?: boolean | 'secret';
  /** Extra addresses of the same handler, not in the document. */
  aliases?: string[];
  /** Requests a minute of one stranger, where the dialect promises a number. */
  strangerRatePerMinute?: number;
  /** Answers with server-sent events. */
  stream?: boolean;
  /** What a body may say that it is, where it is no JSON: else 415. */
  consumes?: string[];
  /** Of a body that is no JSON: what it is, for the document; `receive` or the handler reads it. */
  rawBody?: TSchema;
  /**
   * Takes in what is too large or too slow for a transaction, before there is one: under an `Idempotency-Key` the handler runs in
   * that of the answer. What comes of it must not depend on what the same request did before.
   */
  receive?: (call: Receiving<Static<Params>>) => Promise<Received>;
  /** Headers that mean something here beside the usual ones, with what. */
  headers?: Readonly<Record<string, string>>;
  /** Of a JSON body, where it may be larger than the house lets others be. */
  bodyBytesMax?: number;
  hidden?: boolean;
}

export interface Receiving<Params> {
  context: Context;
  params: Params;
  request: FastifyRequest;
  /** An answer is kept for its key: it was here before, and what stood against it may be what it did itself. */
  isRepeated: boolean;
}

/** What was taken in, by which it is known when it comes again. */
export interface Received {
  identity: JsonObject;
}

export interface Call<Params, Query, Body, Received> {
  context: Context;
  params: Params;
  query: Query;
  body: Body;
  received: Received;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** What a handler returns when it means another status than the highest 2xx declared. */
export class Answer<T> {
  readonly status: number;
  readonly body: T;

  constructor(status: number, body: T) {
    this.status = status;
    this.body = body;
  }
}

type Handler<Params extends TSchema, Query extends TSchema, Body extends TSchema, Received> = (
  call: Call<Static<Params>, Static<Query>, Static<Body>, Received>,
) => Promise<unknown>;

/** Where a dialect hangs its routes. */
export class Door {
  readonly #app: FastifyInstance;
  readonly #dialect: Dialect;

  constructor(app: FastifyInstance, dialect: Dialect) {
    this.#app = app;
    this.#dialect = dialect;
  }

  route<Params extends TSchema, Query extends TSchema, Body extends TSchema, Taken extends Received>(
    declaration: RouteDeclaration<Params, Query, Body, Taken>,
    handler: Handler<Params, Query, Body, Taken>,
  ): void {
    const { method, path, aliases = [] } = declaration;
    const run = this.#handlerOf(declaration, handler);
    for (const [index, url] of [path, ...aliases].entries()) {
      this.#app.route({
        method,
        url,
        schema: this.#schemaOf(declaration, index > 0),
        ...(declaration.bodyBytesMax === undefined ? {} : { bodyLimit: declaration.bodyBytesMax }),
        config: declaration.strangerRatePerMinute === undefined ? {} : { rateLimit: false },
        onRequest:
          declaration.strangerRatePerMinute === undefined
            ? []
            : [sharedLimit(this.#app, declaration.strangerRatePerMinute)],
        // A stream has no end to measure, and its handler would write to a reader that wants none.
        exposeHeadRoute: method === 'GET' && declaration.stream !== true,
        preParsing: [
          ...(declaration.open === true ? [] : [refuseStrangers]),
          ...(declaration.consumes === undefined ? [] : [refuseOtherKinds(declaration.consumes)]),
        ],
        preValidation: async ({ body, query }) => {
          renameSpellings(declaration.body, body);
          renameSpellings(declaration.query, query);
        },
        handler: run,
      });
    }
  }

  #handlerOf<Params extends TSchema, Query extends TSchema, Body extends TSchema, Taken extends Received>(
    declaration: RouteDeclaration<Params, Query, Body, Taken>,
    handler: Handler<Params, Query, Body, Taken>,
  ) {
    const okStatus = Math.max(
      ...Object.keys(declaration.answers)
        .map(Number)
        .filter((status) => status < 300),
    );
    const call = (context: Context, request: FastifyRequest, reply: FastifyReply, received: Taken | undefined) =>
      handler({
        context,
        params: request.params as Static<Params>,
        query: request.query as Static<Query>,
        body: request.body as Static<Body>,
        received: received as Taken,
        request,
        reply,
      });
    const receive = async (request: FastifyRequest, key: string | undefined) =>
      declaration.receive?.({
        context: request.context,
        params: request.params as Static<Params>,
        request,
        isRepeated: key !== undefined && (await isAnswered(request.context, key)),
      });

    return async (request: FastifyRequest, reply: FastifyReply) => {
      const key = isIdempotent(declaration) ? idempotencyKeyOf(request) : undefined;
      const received = await receive(request, key);
      if (key === undefined) {
        const result = await call(request.context, request, reply, received);
        if (reply.sent || reply.raw.headersSent) return reply;
        return send(reply, okStatus, result);
      }
      const { answer, replayed } = await withIdempotency(
        request.context,
        {
          key,
          method: request.method,
          path: request.url,
          body: received?.identity ?? request.body,
          isSecret: declaration.idempotent === 'secret',
        },
        async (transaction) => {
          const result = await call(transaction, request, reply, received);
          const { status, body } = result instanceof Answer ? result : { status: okStatus, body: result };
          return { status, body: status === 204 ? '' : (reply.code(status).serialize(body ?? null) as string) };
        },
        (error) => {
          const failure = toGuildhallError(error);
          return { status: failure.status, body: JSON.stringify(this.#dialect.renderError(failure, request.id)) };
        },
      );
      if (replayed) reply.header('Idempotent-Replayed', 'true');
      if (answer.status === 204) return reply.code(204).send();
      return reply
        .code(answer.status)
        .header('content-type', 'application/json; charset=utf-8')
        .serializer(String)
        .send(answer.body);
    };
  }

  #schemaOf<Params extends TSchema, Query extends TSchema, Body extends TSchema, Taken extends Received>(
    declaration: RouteDeclaration<Params, Query, Body, Taken>,
    hide: boolean,
  ) {
    const response: Record<number, unknown> = {};
    for (const [status, schema] of Object.entries(declaration.answers)) {
      const described = schema as { description?: string } | null;
      const description = described?.description ?? STATUS_WORDS[Number(status)] ?? '';
      response[Number(status)] = { ...(schema ?? { type: 'null' }), description };
    }
    const isOpen = declaration.open === true;
    const failures = [
      400,
      ...(isOpen ? [] : [401, 403]),
      429,
      ...(isIdempotent(declaration) ? [409] : []),
      ...(declaration.body === undefined ? [] : [413, 415]),
      ...(declaration.fails ?? []),
    ];
    for (const status of failures)
      response[status] = { ...this.#dialect.errorSchema, description: STATUS_WORDS[status] ?? '' };
    const headers = documentedHeaders(declaration);
    return {
      operationId: declaration.id,
      tags: [declaration.tag],
      summary: declaration.summary,
      ...(declaration.description === undefined ? {} : { description: declaration.description }),
      ...(declaration.params === undefined ? {} : { params: declaration.params }),
      ...(declaration.query === undefined ? {} : { querystring: declaration.query }),
      ...(declaration.body === undefined ? {} : { body: declaration.body }),
      ...(headers === undefined ? {} : { headers }),
      ...(declaration.rawBody === undefined ? {} : { rawBody: declaration.rawBody }),
      ...(declaration.consumes === undefined ? {} : { consumes: declaration.consumes }),
      ...(isOpen ? { security: [] } : {}),
      response,
      hide: hide || declaration.hidden === true,
    };
  }
}

function send(reply: FastifyReply, okStatus: number, result: unknown) {
  const { status, body } = result instanceof Answer ? result : { status: okStatus, body: result };
  return status === 204 ? reply.code(204).send() : reply.code(status).send(body);
}

async function refuseStrangers(request: FastifyRequest): Promise<void> {
  if (request.credentialError !== undefined) throw request.credentialError;
  if (request.context.principal.kind === 'anonymous')
    throw errors.unauthorized('This needs a credential: send "Authorization: Bearer <key>".');
}

/** A body that says that it is of another kind is not read as if it were of this one. */
function refuseOtherKinds(kinds: readonly string[]) {
  return async ({ headers }: FastifyRequest): Promise<void> => {
    const kind = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (kind === undefined || kinds.includes(kind)) return;
    throw new GuildhallError('unsupported_media_type', {
      message: 'The Content-Type is not one that this route takes.',
      mend: `Send ${kinds.join(' or ')}.`,
    });
  };
}

const sharedLimits = new WeakMap<FastifyInstance, Map<number, onRequestAsyncHookHandler>>();

/** One bucket for all routes of a door that promise the same number: a stranger's thirty are thirty in all. */
export function sharedLimit(app: FastifyInstance, perMinute: number): onRequestAsyncHookHandler {
  const limits = sharedLimits.get(app) ?? new Map<number, onRequestAsyncHookHandler>();
  sharedLimits.set(app, limits);
  const limit =
    limits.get(perMinute) ??
    (app.rateLimit({
      max: (request) => (request.context.principal.kind === 'anonymous' ? perMinute : perMinute * 1_000),
    }) as onRequestAsyncHookHandler);
  limits.set(perMinute, limit);
  return limit;
}

/** Headers that mean something to a route, as its document names them. */
function documentedHeaders({
  headers = {},
  idempotent = false,
  stream = false,
}: {
  headers?: Readonly<Record<string, string>>;
  idempotent?: boolean | 'secret';
  stream?: boolean;
}) {
  const named = { ...headers, ...(stream ? { 'last-event-id': RESUME } : {}) };
  const properties: Record<string, object> = Object.fromEntries(
    Object.entries(named).map(([name, description]) => [name, { type: 'string', maxLength: 1_000, description }]),
  );
  if (isIdempotent({ idempotent })) properties['idempotency-key'] = IDEMPOTENCY_KEY_SCHEMA;
  return Object.keys(properties).length === 0 ? undefined : { type: 'object', properties };
}

const RESUME = 'The id of the last event that you have: the stream goes on after it.';

function isIdempotent({ idempotent }: { idempotent?: boolean | 'secret' }): boolean {
  return idempotent === true || idempotent === 'secret';
}

const IDEMPOTENCY_KEY_SCHEMA = {
  type: 'string',
  maxLength: 255,
  description:
    'Any word of yours. Sent again with the same request within 24 hours, it does nothing and brings the same answer (`Idempotent-Replayed: true`).',
};
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key))
    throw errors.validationFailed('Idempotency-Key', 'is not 1 to 255 visible ASCII characters');
  return key;
}
