import { authorizationHeader } from './auth/jwt.ts';
import { signRequest } from './auth/secp256k1.ts';
import type { ClientConfig } from './client-config.ts';
import { OS1Error } from './errors.ts';

export type Query = Record<string, string | number | boolean | undefined>;

export interface RequestOptions {
  /** JSON, or `FormData` as it is. */
  body?: unknown;
  query?: Query;
  /** Sign as the agent although a key or JWT is configured too. */
  asAgent?: boolean;
  /** Sent as it is when no credential is configured: the route is open. */
  isOpen?: boolean;
  /** Return the `Response` instead of its content. */
  raw?: boolean;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** For calls that create or pay. */
export interface CreateOptions {
  /** A word of yours: sent again with the same request within a day, it acts once and brings the same answer. */
  idempotencyKey?: string;
}

export interface ServerSentEvent {
  id?: string;
  event?: string;
  data: string;
}

const TIMEOUT_MS = 30_000;

/** Authenticated HTTP. Throws `OS1Error` on every answer that is not 2xx, an `AbortError` when none comes in time. */
export class Transport {
  readonly #config: ClientConfig;
  /** The cursor of the page after the last list that was read, if there is one. */
  lastCursor: string | undefined;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  get endpoint(): string {
    return this.#config.endpoint.replace(/\/+$/, '');
  }

  async request<T = unknown>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const timeout = new AbortController();
    // How long bytes take depends on how many there are: an upload takes its time, and so does what is read raw once it begins.
    const timer = isBytes(options.body)
      ? undefined
      : setTimeout(() => timeout.abort(), this.#config.timeout ?? TIMEOUT_MS);
    const signals = [timeout.signal, ...(options.signal === undefined ? [] : [options.signal])];
    try {
      const response = await this.#send(method, path, options, AbortSignal.any(signals));
      if (!response.ok) throw await errorOf(response);
      this.lastCursor = response.headers.get('x-next-cursor') ?? undefined;
      return (options.raw === true ? response : await contentOf(response)) as T;
    } finally {
      clearTimeout(timer);
    }
  }

  get<T = unknown>(path: string, query?: Query): Promise<T> {
    return this.request<T>('GET', path, query === undefined ? {} : { query });
  }

  /** A request that creates or pays, which may be sent again without acting twice. */
  create<T = unknown>(
    path: string,
    body?: unknown,
    { idempotencyKey }: CreateOptions = {},
    { isOpen = false }: Pick<RequestOptions, 'isOpen'> = {},
  ): Promise<T> {
    const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return this.request<T>('POST', path, { body, headers, isOpen });
  }

  post<T = unknown>(path: string, body?: unknown): Promise<T> {
    return this.request<T>('POST', path, { body });
  }

  put<T = unknown>(path: string, body?: unknown): Promise<T> {
    return this.request<T>('PUT', path, { body });
  }

  patch<T = unknown>(path: string, body?: unknown): Promise<T> {
    return this.request<T>('PATCH', path, { body });
  }

  delete<T = unknown>(path: string): Promise<T> {
    return this.request<T>('DELETE', path);
  }

  /** multipart/form-data with the bytes in the field `file`. */
  upload<T = unknown>(
    path: string,
    filename: string,
    data: Uint8Array | Blob,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const form = new FormData();
    form.append('file', data instanceof Blob ? data : new Blob([new Uint8Array(data)]), filename);
    return this.request<T>('POST', path, { body: form, headers });
  }

  /** Server-sent events until the server ends the stream or `signal` is aborted. */
  async *stream(
    path: string,
    query?: Query,
    options: { signal?: AbortSignal; lastEventId?: string } = {},
  ): AsyncGenerator<ServerSentEvent> {
    const headers = {
      accept: 'text/event-stream',
      ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
    };
    const response = await this.#send(
      'GET',
      path,
      { headers, ...(query === undefined ? {} : { query }) },
      options.signal,
    );
    if (!response.ok || response.body === null) throw await errorOf(response);
    let buffer = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      buffer += decoder.decode(chunk, { stream: true });
      let end = buffer.indexOf('\n\n');
      while (end !== -1) {
        const event = parseFrame(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (event !== undefined) yield event;
        end = buffer.indexOf('\n\n');
      }
    }
  }

  async #send(
    method: string,
    path: string,
    options: RequestOptions,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const target = withQuery(path, options.query);
    const headers: Record<string, string> = {
      ...options.headers,
      ...(await this.#credentials(method, target, options)),
    };
    const { body } = options;
    // Read from disk as they are sent, when they come from there.
    const asItIs = isBytes(body);
    if (body !== undefined && !asItIs) headers['content-type'] = 'application/json';
    if (body instanceof Blob) headers['content-type'] = body.type || 'application/octet-stream';
    return fetch(this.endpoint + target, {
      method,
      headers,
      ...(body === undefined ? {} : { body: asItIs ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #credentials(
    method: string,
    target: string,
    { asAgent = false, isOpen = false }: RequestOptions,
  ): Promise<Record<string, string>> {
    const { agent, apiKey, jwt } = this.#config;
    const useAgent = agent !== undefined && (asAgent || (apiKey === undefined && jwt === undefined));
    if (useAgent)
      return { ...(await signRequest(agent.agentId, method, basePathOf(this.endpoint) + target, agent.signingKey)) };
    if (asAgent) throw new Error('This call signs as an agent, but no agent is configured.');
    if (apiKey !== undefined) return { authorization: `Bearer ${apiKey}` };
    if (jwt !== undefined) return { authorization: authorizationHeader(jwt.jwtSecret, jwt.userId ?? '') };
    if (isOpen) return {};
    throw new Error('No authentication configured.');
  }
}

function isBytes(body: unknown): body is FormData | Blob {
  return body instanceof FormData || body instanceof Blob;
}

function basePathOf(endpoint: string): string {
  return new URL(endpoint).pathname.replace(/\/+$/, '');
}

function withQuery(path: string, query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`;
}

async function contentOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  if (!type.includes('json')) return text;
  return text === '' ? undefined : JSON.parse(text);
}

async function errorOf(response: Response): Promise<OS1Error> {
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) body = parsed as Record<string, unknown>;
  } catch {
    // Not JSON: a proxy in between has answered. The status text says it.
  }
  // The ops API nests what the office API has flat.
  const inner = typeof body.error === 'object' && body.error !== null ? (body.error as Record<string, unknown>) : body;
  const message = [inner.message, inner.error].find((value) => typeof value === 'string') ?? response.statusText;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new OS1Error(response.status, String(message), {
    ...(typeof inner.code === 'string' ? { code: inner.code } : {}),
    ...(typeof inner.mend === 'string' ? { mend: inner.mend } : {}),
    ...(typeof inner.detail === 'object' && inner.detail !== null
      ? { detail: inner.detail as Record<string, unknown> }
      : {}),
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
  });
}

function parseFrame(frame: string): ServerSentEvent | undefined {
  const event: ServerSentEvent = { data: '' };
  const data: string[] = [];
  for (const line of frame.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const field = line.slice(0, colon);
    if (field === 'data') data.push(value);
    else if (field === 'event') event.event = value;
    else if (field === 'id') event.id = value;
  }
  if (data.length === 0) return undefined;
  event.data = data.join('\n');
  return event;
}
