import rateLimit from '@fastify/rate-limit';
import { errors, GuildhallError, newId } from '@guildhall/kernel';
import { Ajv, type ValidateFunction } from 'ajv';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { principalKey } from '../domain/access/index.ts';
import { noteHeartbeat } from '../domain/agents/index.ts';
import type { House } from '../domain/context/index.ts';
import { authenticate } from './authenticate.ts';
import type { Dialect } from './dialect.ts';
import { parseJsonBody } from './json-body.ts';
import { requestIdOf, traceIdOf } from './request.ts';
import { toGuildhallError } from './to-error.ts';

export interface ServerOptions {
  config: Config;
  log: Logger;
  /** Which dialect answers for an address, also one that is not served. */
  dialectOf(url: string): Dialect;
}

const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/** What this house does not do, or not yet, and what it was told not to hold, is no fault of it. */
const SAID_OF_OURSELVES: ReadonlySet<string> = new Set(['not_available_yet', 'not_configured', 'drive_full']);

/** What every door shares: ids, credential, rate limits, parsing, validation, errors. Routes come from the dialects. */
export async function openServer(house: House, options: ServerOptions): Promise<FastifyInstance> {
  const { config, dialectOf, log } = options;
  const isEachRequestLogged = config.logLevel === 'debug' || config.logLevel === 'trace';
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: !isEachRequestLogged }),
    // A logger of its own for each request costs more than it tells: what is logged names the request itself.
    ...(isEachRequestLogged ? {} : { childLoggerFactory: (logger) => logger }),
    trustProxy: config.trustProxy,
    bodyLimit: config.bodyBytesMax,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    genReqId: (request) => requestIdOf(request.headers, `req_${newId().replaceAll('-', '')}`),
    routerOptions: { maxParamLength: 4_000, ignoreTrailingSlash: true },
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => {
      const failure = toGuildhallError(error);
      void (reply as FastifyReply)
        .header('X-Request-Id', request.id)
        .header('X-Trace-Id', request.id.replace(/^req_/, ''))
        .code(failure.status)
        .send(dialectOf(request.raw.url ?? '/').renderError(failure, request.id));
    },
  });
  useStrictValidation(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json(?:;|$)/,
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJsonBody(body),
  );

  app.decorateRequest('context');
  app.decorateRequest('traceId', '');
  app.decorateRequest('credentialError', undefined);
  app.addHook('onRequest', async (request, reply) => {
    const dialect = dialectOf(request.url);
    request.traceId = traceIdOf(request.headers, request.id.replace(/^req_/, ''));
    reply
      .header('X-Request-Id', request.id)
      .header('X-Trace-Id', request.traceId)
      .header('X-Content-Type-Options', 'nosniff');
    for (const [name, value] of Object.entries(dialect.headers?.(request.id, request.traceId) ?? {}))
      reply.header(name, value);
    request.context = {
      house,
      db: house.engine.db,
      principal: { kind: 'anonymous', address: request.ip },
      requestId: request.id,
    };
    if (request.url.includes('%00')) throw errors.validationFailed('url', 'contains a NUL character');
    try {
      const principal = await authenticate(request.context, request, config.jwtSecret);
      if (principal !== undefined) request.context = { ...request.context, principal };
      if (principal?.kind === 'agent')
        noteHeartbeat(request.context, principal.agentId).catch((error: unknown) =>
          log.warn({ err: error, agent: principal.agentId }, 'a heartbeat was not noted'),
        );
    } catch (error) {
      request.credentialError = error;
    }
  });
  await app.register(rateLimit, {
    global: true,
    timeWindow: 60_000,
    cache: 20_000,
    keyGenerator: (request) => principalKey(request.context.principal),
    max: (request) =>
      request.context.principal.kind === 'anonymous' ? config.strangerRatePerMinute : config.ratePerMinute,
    allowList: (request) => ['/healthz', '/health', '/ready', '/metrics'].includes(request.url),
    errorResponseBuilder: (_request, { max, ttl }) =>
      new GuildhallError('rate_limited', {
        message: `More than ${max} requests in a minute.`,
        detail: { limit: max, window_seconds: 60 },
        retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
      }),
  });

  app.setErrorHandler((error, request, reply) => {
    const failure = toGuildhallError(error);
    const about = { requestId: request.id, url: request.routeOptions.url };
    if (failure.code === 'upstream_failed') request.log.warn(about, failure.message);
    else if (failure.status >= 500 && !SAID_OF_OURSELVES.has(failure.code))
      request.log.error({ err: error, ...about }, failure.message);
    if (failure.status === 401) reply.header('WWW-Authenticate', 'Bearer realm="guildhall"');
    if (failure.retryAfterSeconds !== undefined) reply.header('Retry-After', String(failure.retryAfterSeconds));
    reply.headers(failure.headers);
    return reply
      .code(failure.status)
      .header('content-type', 'application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(dialectOf(request.url).renderError(failure, request.id));
  });
  answerUnknownRoutes(app, dialectOf);
  return app;
}

/** Bodies are taken as they are; what comes in an address is text, so there words may stand for numbers and booleans. */
function useStrictValidation(app: FastifyInstance): void {
  const shared = {
    allErrors: false,
    strict: false,
    removeAdditional: false,
    useDefaults: true,
    formats: { 'date-time': true, email: true, uri: true },
  } as const;
  const strict = new Ajv({ ...shared, coerceTypes: false });
  const fromText = new Ajv({ ...shared, coerceTypes: 'array' });
  // Presenters name every field they let out, and a test holds each answer against its schema: the engine's own
  // serialiser is several times faster than one compiled from the schema.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setValidatorCompiler(({ schema, httpPart }) =>
    httpPart === 'body'
      ? compiledOnFirstUse(strict, schema as object)
      : ofText(compiledOnFirstUse(fromText, schema as object)),
  );
}

/** `1e400` is a number as text, and none that anything could be counted by. */
function ofText(validate: ValidateFunction): ValidateFunction {
  const bounded = ((data: unknown) => {
    const isValid = validate(data) as boolean;
    bounded.errors = validate.errors ?? null;
    const tooLarge = Object.entries(data ?? {}).find(
      ([, value]) => typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER,
    );
    if (!isValid || tooLarge === undefined) return isValid;
    const instancePath = `/${tooLarge[0]}`;
    bounded.errors = [{ instancePath, schemaPath: '', keyword: 'maximum', params: {}, message: 'is too large' }];
    return false;
  }) as ValidateFunction;
  return bounded;
}

/** A validator that is compiled when its route is first called: all at once would be an eighth of the start. */
function compiledOnFirstUse(ajv: Ajv, schema: object): ValidateFunction {
  let compiled: ValidateFunction | undefined;
  const validate = ((data: unknown) => {
    compiled ??= ajv.compile(schema);
    const isValid = compiled(data);
    validate.errors = compiled.errors ?? null;
    return isValid;
  }) as ValidateFunction;
  return validate;
}

/** 404 for what is not served, 405 with the methods that are for what is, each in the dialect of its address. */
function answerUnknownRoutes(app: FastifyInstance, dialectOf: (url: string) => Dialect): void {
  const served: { pattern: RegExp; method: string }[] = [];
  app.addHook('onRoute', (route) => {
    const pattern = new RegExp(
      `^${route.url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:[A-Za-z]+/g, '[^/]+')}/?$`,
    );
    for (const method of [route.method].flat()) served.push({ pattern, method });
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    const path = request.url.split('?')[0] ?? '/';
    const allowed = [...new Set(served.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();
    const failure =
      allowed.length > 0
        ? new GuildhallError('method_not_allowed', {
            message: `${request.method} is not served there.`,
            detail: { allowed },
            headers: { Allow: allowed.join(', ') },
          })
        : new GuildhallError('route_not_found', {
            message: `Nothing is served at ${request.method} ${path.slice(0, 200)}.`,
          });
    return reply
      .code(failure.status)
      .headers(failure.headers)
      .send(dialectOf(request.url).renderError(failure, request.id));
  });
}
