import type { Transport } from '../transport.ts';
import type {
  AnswerRequest,
  AnswerResponse,
  ConnectableSourcesResponse,
  CorrectRequest,
  CortexEntity,
  CortexManifest,
  CortexMerge,
  CortexSource,
  CortexStatus,
  EnrichmentRequest,
  EnrichmentResponse,
  EnsureTableRequest,
  FeedResponse,
  ForgetRequest,
  ForgetResponse,
  GraphResponse,
  HistoryResponse,
  IngestConversationRequest,
  IngestRequest,
  IngestResponse,
  MergeRequest,
  NeighboursResponse,
  PageQuery,
  PathResponse,
  RecallRequest,
  RecallResponse,
  RegisterFeedRequest,
  RememberRequest,
  RememberResponse,
  WhyRequest,
  WhyResponse,
} from '../types.ts';
import { officePath } from './office-path.ts';

/**
 * The memory of an office. Every call takes the office first, as the seed writes it (`client.cortex(officeId).answer(officeId,
 * {query})`), and may leave it out: the one that the API was made for is meant then.
 */
export class CortexAPI {
  readonly #transport: Transport;
  readonly #officeId: string;

  constructor(transport: Transport, officeId: string) {
    this.#transport = transport;
    this.#officeId = officeId;
  }

  /** Results, each with its `universal_id`, and a cited block of text. */
  answer(...call: Call<AnswerRequest>): Promise<AnswerResponse> {
    return this.#post('answer', call);
  }

  /** By vectors alone. */
  recall(...call: Call<RecallRequest>): Promise<RecallResponse> {
    return this.#post('recall', call);
  }

  /** Keeps a fact; the next question finds it. */
  remember(...call: Call<RememberRequest>): Promise<RememberResponse> {
    return this.#post('remember', call);
  }

  correct(...call: Call<CorrectRequest>): Promise<RememberResponse> {
    return this.#post('correct', call);
  }

  forget(...call: Call<ForgetRequest>): Promise<ForgetResponse> {
    return this.#post('forget', call);
  }

  why(...call: Call<WhyRequest>): Promise<WhyResponse> {
    return this.#post('why', call);
  }

  ingest(...call: Call<IngestRequest>): Promise<IngestResponse> {
    return this.#post('ingest', call);
  }

  ingestConversation(...call: Call<IngestConversationRequest>): Promise<IngestResponse> {
    return this.#post('ingest/conversation', call);
  }

  ensureTable(...call: Call<EnsureTableRequest>): Promise<FeedResponse> {
    return this.#post('feeds/ensure-table', call);
  }

  registerFeed(...call: Call<RegisterFeedRequest>): Promise<FeedResponse> {
    return this.#post('feeds/register', call);
  }

  /** What a universal id names, whole. */
  get(...call: Call<string>): Promise<CortexSource> {
    const { officeId, request } = this.#read(call);
    return this.#transport.get(pathOf(officeId, 'get'), { universal_id: request });
  }

  history(...call: Call<string>): Promise<HistoryResponse> {
    const { officeId, request } = this.#read(call);
    return this.#transport.get(pathOf(officeId, 'history'), { universal_id: request });
  }

  status(officeId = this.#officeId): Promise<CortexStatus> {
    return this.#transport.get(officePath(officeId, 'cortex', 'status'));
  }

  manifest(officeId = this.#officeId): Promise<CortexManifest> {
    return this.#transport.get(pathOf(officeId, 'manifest'));
  }

  connectableSources(officeId = this.#officeId): Promise<ConnectableSourcesResponse> {
    return this.#transport.get(pathOf(officeId, 'connectable-sources'));
  }

  enrichment(officeId = this.#officeId): Promise<EnrichmentResponse> {
    return this.#transport.get(pathOf(officeId, 'enrichment'));
  }

  /** Who reads what comes in. A model is sent all texts of the memory, and its calls are paid by the office. */
  chooseEnrichment(...call: Call<EnrichmentRequest>): Promise<EnrichmentResponse> {
    const { officeId, request } = this.#read(call);
    return this.#transport.put(pathOf(officeId, 'enrichment'), request);
  }

  /** Everything that the caller may read, a page at a time. */
  async *export(source?: string, officeId = this.#officeId): AsyncGenerator<CortexSource> {
    let cursor: string | undefined;
    do {
      const query = { ...(source === undefined ? {} : { source }), ...(cursor === undefined ? {} : { cursor }) };
      yield* await this.#transport.get<CortexSource[]>(pathOf(officeId, 'export'), query);
      cursor = this.#transport.lastCursor;
    } while (cursor !== undefined);
  }

  entities(query: PageQuery & { kind?: string; search?: string } = {}): Promise<CortexEntity[]> {
    return this.#transport.get(pathOf(this.#officeId, 'entities'), query);
  }

  neighbours(entity: string, limit?: number): Promise<NeighboursResponse> {
    const query = { entity, ...(limit === undefined ? {} : { limit }) };
    return this.#transport.get(pathOf(this.#officeId, 'entities/neighbours'), query);
  }

  path(from: string, to: string): Promise<PathResponse> {
    return this.#transport.get(pathOf(this.#officeId, 'entities/path'), { from, to });
  }

  graph(universalIds: readonly string[]): Promise<GraphResponse> {
    return this.#transport.get(pathOf(this.#officeId, 'graph'), { ids: universalIds.join(',') });
  }

  merges(query: PageQuery = {}): Promise<CortexMerge[]> {
    return this.#transport.get(pathOf(this.#officeId, 'merges'), query);
  }

  merge(request: MergeRequest): Promise<{ id: number }> {
    return this.#transport.post(pathOf(this.#officeId, 'merges'), request);
  }

  unmerge(mergeId: number): Promise<void> {
    return this.#transport.delete(pathOf(this.#officeId, `merges/${mergeId}`));
  }

  /** The loop of one agent: ask, and remember with the sources of what was asked. */
  forAgent(...call: Call<string>): CortexAgent {
    const { officeId, request } = this.#read(call);
    return new CortexAgent(this, officeId, request);
  }

  #post<Answer>(path: string, call: Call<unknown>): Promise<Answer> {
    const { officeId, request } = this.#read(call);
    return this.#transport.post(pathOf(officeId, path), request);
  }

  #read<Request>(call: Call<Request>): { officeId: string; request: Request } {
    return call.length === 2 ? { officeId: call[0], request: call[1] } : { officeId: this.#officeId, request: call[0] };
  }
}

/** With the office before the request, or without. */
type Call<Request> = [officeId: string, request: Request] | [request: Request];

function pathOf(officeId: string, path: string): string {
  return officePath(officeId, 'cortex', 'v1', ...path.split('/'));
}

/** The memory as one agent uses it. */
export class CortexAgent {
  readonly #cortex: CortexAPI;
  readonly #officeId: string;
  readonly agent: string;

  constructor(cortex: CortexAPI, officeId: string, agent: string) {
    this.#cortex = cortex;
    this.#officeId = officeId;
    this.agent = agent;
  }

  ask(query: string, options: Omit<AnswerRequest, 'query' | 'agent'> = {}): Promise<AnswerResponse> {
    return this.#cortex.answer(this.#officeId, { ...options, query, agent: this.agent });
  }

  /** `sources` are the `universal_id`s of the results that the fact rests on. */
  remember(
    text: string,
    options: Omit<RememberRequest, 'text' | 'agent' | 'source_universal_ids'> & { sources?: string[] } = {},
  ): Promise<RememberResponse> {
    const { sources, ...rest } = options;
    return this.#cortex.remember(this.#officeId, {
      ...rest,
      text,
      agent: this.agent,
      ...(sources === undefined ? {} : { source_universal_ids: sources }),
    });
  }
}
