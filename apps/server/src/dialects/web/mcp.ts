import type { MemoryRequest } from '@guildhall/cortex-mcp';
import { errors } from '@guildhall/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DialectParts } from '../parts.ts';

/**
 * The memory as MCP tools over streamable HTTP, stateless: `POST /mcp` (the office by `?office=`, the header `X-Office-Id`, or
 * the caller's only one) and `/api/v1/offices/<id>/mcp`, with the same bearer as the API (spec/mitosis 6, Transport). A tool is
 * a call of the API with the caller's own credential, so nothing is allowed here that is not allowed there.
 */
export function mcpRoutes(app: FastifyInstance, parts: DialectParts): void {
  const options = { schema: { hide: true } };
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.context.principal.kind === 'anonymous')
      throw errors.unauthorized('The memory needs a credential: Authorization: Bearer mi_…');
    refuseForeignOrigin(request);
    // Loaded by the first client: a start need not wait for it.
    const [{ cortexServer }, { createMcpHandler }] = await Promise.all([
      import('@guildhall/cortex-mcp'),
      import('@modelcontextprotocol/server'),
    ]);
    const agent = headerOf(request, 'x-mitosis-agent');
    const inTurn = atMost(CALLS_AT_ONCE);
    const handler = createMcpHandler(() =>
      cortexServer((call) => inTurn(() => callApi(app, request, call)), parts.version, agent),
    );
    const answer = await handler.fetch(toWebRequest(request), { parsedBody: request.body });
    reply.code(answer.status);
    for (const [name, value] of answer.headers) if (name !== 'transfer-encoding') reply.header(name, value);
    // Stateless: an answer has an end, and nothing is pushed after it.
    return reply.send(Buffer.from(await answer.arrayBuffer()));
  };
  for (const path of ['/mcp', '/api/v1/offices/:officeId/mcp']) {
    app.post(path, options, serve);
    for (const method of ['GET', 'DELETE'] as const)
      app.route({ method, url: path, ...options, exposeHeadRoute: false, handler: noSession });
  }
}

/** Of one batch, so many calls run at a time: a batch is one request, and takes its turn like one. */
const CALLS_AT_ONCE = 2;

function atMost(count: number): <Answer>(work: () => Promise<Answer>) => Promise<Answer> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/** A page of another site must not speak to a server on somebody's own machine (MCP, Transports: DNS rebinding). */
function refuseForeignOrigin(request: FastifyRequest): void {
  const origin = headerOf(request, 'origin');
  if (origin === undefined || !URL.canParse(origin)) return;
  if (new URL(origin).host !== request.host) throw errors.forbidden(`an Origin other than ${origin}`);
}

/** There are no sessions to listen to or to end. */
async function noSession(_request: FastifyRequest, reply: FastifyReply) {
  const error = { code: -32_000, message: 'This server is stateless: use POST.' };
  return reply.code(405).header('allow', 'POST').send({ jsonrpc: '2.0', error, id: null });
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' && value.length <= 300 ? value : undefined;
}

function toWebRequest(request: FastifyRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string' && name !== 'content-length') headers.set(name, value);
  return new Request(`http://localhost${request.url}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(request.body ?? null),
  });
}

interface ApiError {
  message?: string;
  mend?: string;
}

/** A call of our own API as whoever called us. */
async function callApi(app: FastifyInstance, request: FastifyRequest, call: MemoryRequest): Promise<unknown> {
  const office = await officeOf(app, request);
  return inject(app, request, {
    ...call,
    path: `/api/v1/offices/${encodeURIComponent(office)}/cortex/v1/${call.path}`,
  });
}

async function inject(app: FastifyInstance, request: FastifyRequest, call: MemoryRequest): Promise<unknown> {
  const credential = ['authorization', 'x-agent-api-key'].flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const answer = await app.inject({
    method: call.method,
    url: call.path,
    headers: Object.fromEntries(credential),
    ...(call.query === undefined ? {} : { query: call.query }),
    ...(call.body === undefined ? {} : { payload: call.body as object }),
  });
  const body: unknown = answer.body === '' ? {} : JSON.parse(answer.body);
  if (answer.statusCode < 300) return body;
  const { message = 'It failed.', mend = '' } = body as ApiError;
  throw new Error(`${message} ${mend}`.trim());
}

async function officeOf(app: FastifyInstance, request: FastifyRequest): Promise<string> {
  const { officeId } = request.params as { officeId?: string };
  const { office } = request.query as { office?: unknown };
  const named = officeId ?? (typeof office === 'string' ? office : undefined) ?? headerOf(request, 'x-office-id');
  if (named !== undefined && named !== '') return named;
  const { principal } = request.context;
  if (principal.kind === 'agent') return principal.officeId;
  const [first, second] = (await inject(app, request, {
    method: 'GET',
    path: '/api/v1/offices',
    query: { limit: '2' },
  })) as { id: string }[];
  if (first === undefined) throw new Error('There is no office yet.');
  if (second !== undefined) throw new Error('You have several offices: name one with ?office=<id> in the address.');
  return first.id;
}
