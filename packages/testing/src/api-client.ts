import { Ajv, type ValidateFunction } from 'ajv';

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as their reader would: field by field.
  body: any;
}

interface Operation {
  id: string;
  method: string;
  pattern: RegExp;
  answers: Map<string, ValidateFunction | undefined>;
}

type Document = {
  paths: Record<
    string,
    Record<
      string,
      { operationId?: string; responses: Record<string, { content?: Record<string, { schema: object }> }> }
    >
  >;
  components?: unknown;
};

/**
 * A real HTTP client that holds every answer against the served OpenAPI document: an undocumented status or an answer
 * that does not fit its schema fails the test. It remembers what was exercised.
 */
export class ApiClient {
  readonly #url: string;
  readonly #operations: Operation[];
  readonly exercised = new Set<string>();

  private constructor(url: string, operations: Operation[]) {
    this.#url = url;
    this.#operations = operations;
  }

  static async open(url: string, documentPath: string): Promise<ApiClient> {
    const document = (await (await fetch(url + documentPath)).json()) as Document;
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const operations: Operation[] = [];
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const answers = new Map<string, ValidateFunction | undefined>();
        for (const [status, answer] of Object.entries(operation.responses)) {
          const schema = answer.content?.['application/json']?.schema;
          answers.set(status, schema === undefined ? undefined : ajv.compile(schema));
        }
        const pattern = new RegExp(
          `^${path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`,
        );
        operations.push({
          id: operation.operationId ?? `${method} ${path}`,
          method: method.toUpperCase(),
          pattern,
          answers,
        });
      }
    }
    return new ApiClient(url, operations);
  }

  get operationIds(): string[] {
    return this.#operations.map((operation) => operation.id).sort();
  }

  get documented(): { id: string; method: string; path: string }[] {
    return this.#operations.map(({ id, method, pattern }) => ({
      id,
      method,
      path: pattern.source.slice(1, -1).replaceAll('\\', ''),
    }));
  }

  async call(
    method: string,
    path: string,
    options: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<ApiAnswer> {
    const { key, body } = options;
    const isRaw = typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array;
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined
        ? {}
        : { body: (isRaw ? body : JSON.stringify(body)) as NonNullable<RequestInit['body']> }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    const answer = {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
    this.check(method, path, answer, isJson);
    return answer;
  }

  /** Holds an answer that somebody else got against the document. Throws when it does not fit. */
  check(method: string, path: string, answer: ApiAnswer, isJson: boolean): void {
    const bare = path.split('?')[0] ?? path;
    const candidates = this.#operations.filter(
      (candidate) => candidate.method === method && candidate.pattern.test(bare),
    );
    // The address without parameters wins: `/tasks/stats` is not the task "stats".
    const operation = candidates.sort(
      (a, b) => a.pattern.source.split('[^/]+').length - b.pattern.source.split('[^/]+').length,
    )[0];
    if (operation === undefined) return;
    if (!operation.answers.has(String(answer.status))) {
      // What any address may answer needs no word in every route: a proxy-like refusal.
      if ([404, 405, 413, 415, 503].includes(answer.status)) return;
      throw new Error(
        `${operation.id} answered ${answer.status}, which its document does not know: ${JSON.stringify(answer.body).slice(0, 300)}`,
      );
    }
    const validate = operation.answers.get(String(answer.status));
    if (validate !== undefined && isJson && !validate(answer.body)) {
      throw new Error(
        `${operation.id} answered ${answer.status} with what its schema refuses: ${JSON.stringify(validate.errors?.[0])}`,
      );
    }
    if (answer.status < 400) this.exercised.add(operation.id);
  }
}
