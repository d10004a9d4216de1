import { office } from '@guildhall/contract';
import { errors, formatInstant, parseInstant } from '@guildhall/kernel';
import type { Context } from '../../domain/context/index.ts';
import {
  type AskOptions,
  askMemory,
  citedBlock,
  correct,
  explain,
  exportSources,
  forget,
  gapOf,
  memoryStatus,
  type Remembered,
  readHistory,
  readManifest,
  readSource,
  remember,
} from '../../domain/memory/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';
import {
  presentGap,
  presentManifest,
  presentResult,
  presentSignals,
  presentSource,
  presentStatus,
} from './cortex-shapes.ts';

const LIMIT_DEFAULT = 8;
const PAGE_DEFAULT = 100;
export const CORTEX_BASE = '/api/v1/offices/:officeId/cortex';
const base = CORTEX_BASE;
const tag = 'Cortex';

/** Both with and without `/v1`: clients in the field use either. */
export function paths(path: string) {
  return { path: `${base}/v1/${path}`, aliases: [`${base}/${path}`] };
}

function instantOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = parseInstant(text);
  if (at === undefined)
    throw errors.validationFailed(field, 'is not a time', 'Write it as ISO 8601, for example 2026-03-01T00:00:00Z.');
  return at;
}

interface Filters {
  since?: string;
  until?: string;
  source_table?: string;
  kind?: string;
  author?: string;
  as_of?: string;
}

export function askOptions(filters: Filters): AskOptions {
  return {
    since: instantOf('since', filters.since),
    until: instantOf('until', filters.until),
    sourceTables: filters.source_table === undefined ? undefined : [filters.source_table],
    kinds: filters.kind === undefined ? undefined : [filters.kind],
    author: filters.author,
    asOf: instantOf('as_of', filters.as_of),
  };
}

/** One call: results, a cited block, and whether what was asked for may be missing. */
export async function answerQuestion(
  context: Context,
  officeId: string,
  body: office.AnswerRequest,
): Promise<office.AnswerResponse> {
  const startedAt = performance.now();
  await loadOffice(context, officeId, 'memory:read');
  const options = { ...askOptions(body), prefersRecent: body.prefer_recent };
  const answer = await askMemory(context, officeId, body.query, body.limit ?? LIMIT_DEFAULT, options);
  const { hits, unknownWords, spelledAs } = answer;
  const ids = hits.map((hit) => encodeURIComponent(hit.universalId)).join(',');
  return {
    results: hits.map((hit) => presentResult(hit, body.include_raw === true)),
    context: citedBlock(hits),
    cited_graph_url: hits.length === 0 ? '' : `${base.replace(':officeId', officeId)}/v1/graph?ids=${ids}`,
    took_ms: Math.round((performance.now() - startedAt) * 10) / 10,
    memory_state: answer.state,
    ...presentGap(gapOf(hits, unknownWords)),
    ...(Object.keys(spelledAs).length === 0 ? {} : { spelled_as: spelledAs }),
  };
}

export function presentRemembered(fact: Remembered): office.RememberResponse {
  return {
    status: 'ok',
    universal_id: fact.universalId,
    embedded: true,
    linked_sources: fact.derivedFromEdges,
    derived_from_edges: fact.derivedFromEdges,
    retrievable_at: formatInstant(fact.retrievableAt),
  };
}

/** The memory of an office (seed: READ THIS FIRST; spec/mitosis 4.3; what has no source there is ours). */
export function cortexRoutes(door: Door): void {
  const params = office.OfficeParams;
  door.route(
    {
      method: 'GET',
      path: `${base}/status`,
      aliases: [`${base}/v1/status`],
      id: 'cortex.status',
      tag,
      summary: 'How much is remembered, how complete its indexes are, how fresh each source is',
      params,
      answers: { 200: office.CortexStatus },
      fails: [404],
    },
    async ({ context, params }) => presentStatus(await memoryStatus(context, params.officeId)),
  );
  door.route(
    {
      method: 'GET',
      ...paths('manifest'),
      id: 'cortex.manifest',
      tag,
      summary: 'What there is to ask about: sources, people, topics. Read once a session',
      params,
      answers: { 200: office.CortexManifest },
      fails: [404],
    },
    async ({ context, params }): Promise<office.CortexManifest> =>
      presentManifest(await readManifest(context, params.officeId)),
  );
  door.route(
    {
      method: 'POST',
      ...paths('answer'),
      id: 'cortex.answer',
      tag,
      summary: 'The best pieces for a question, with a cited block of text. No model is asked',
      params,
      body: office.AnswerRequest,
      answers: { 200: office.AnswerResponse },
      fails: [404],
    },
    async ({ context, params, body }) => answerQuestion(context, params.officeId, body),
  );
  door.route(
    {
      method: 'POST',
      ...paths('recall'),
      id: 'cortex.recall',
      tag,
      summary: 'The nearest pieces by their vectors alone',
      params,
      body: office.RecallRequest,
      answers: { 200: office.RecallResponse },
      fails: [404],
    },
    async ({ context, params, body }): Promise<office.RecallResponse> => {
      const startedAt = performance.now();
      await loadOffice(context, params.officeId, 'memory:read');
      const options: AskOptions = { ...askOptions(body), signals: ['vector'] };
      const { hits } = await askMemory(context, params.officeId, body.query, body.limit ?? LIMIT_DEFAULT, options);
      return {
        results: hits.map((hit) => ({
          universal_id: hit.universalId,
          score: hit.signals.vector?.score ?? hit.score,
          source: hit.feedKey,
          title: hit.title,
          content: hit.text,
          time: formatInstant(hit.at),
        })),
        took_ms: Math.round((performance.now() - startedAt) * 10) / 10,
      };
    },
  );
  door.route(
    {
      method: 'POST',
      ...paths('remember'),
      id: 'cortex.remember',
      tag,
      summary: 'Keep a fact; the next question finds it',
      description: 'What an agent keeps must say what it was concluded from. Secrets are masked.',
      params,
      body: office.RememberRequest,
      answers: { 200: office.RememberResponse },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) =>
      presentRemembered(
        await remember(context, params.officeId, {
          text: body.text,
          kind: body.kind,
          confidence: body.confidence,
          sourceIds: body.source_universal_ids,
          speaker: body.agent,
          metadata: body.metadata,
          isPrivate: body.private,
        }),
      ),
  );
  door.route(
    {
      method: 'POST',
      ...paths('correct'),
      id: 'cortex.correct',
      tag,
      summary: 'Put a new fact in the place of an old one; the old one stays in its history',
      params,
      body: office.CorrectRequest,
      answers: { 200: office.RememberResponse },
      fails: [404, 409],
      idempotent: true,
    },
    async ({ context, params, body }): Promise<office.RememberResponse> => {
      const fact = await correct(context, params.officeId, body.universal_id, {
        text: body.text,
        reason: body.reason,
        speaker: body.agent,
        sourceIds: body.source_universal_ids,
      });
      return { ...presentRemembered(fact), supersedes: fact.supersedes };
    },
  );
  door.route(
    {
      method: 'POST',
      ...paths('forget'),
      id: 'cortex.forget',
      tag,
      summary: 'Forget for good: by id, feed, person or time',
      description:
        'Text, indexes, graph, and facts that rested on it alone. A name stays, so that no feed brings it back.',
      params,
      body: office.ForgetRequest,
      answers: { 200: office.ForgetResponse },
      fails: [404],
    },
    async ({ context, params, body }): Promise<office.ForgetResponse> => {
      await loadOffice(context, params.officeId, 'memory:write');
      const { universalIds, isPartial } = await forget(context, params.officeId, {
        ids: body.universal_ids,
        source: body.source,
        person: body.person,
        since: instantOf('since', body.since),
        until: instantOf('until', body.until),
        reason: body.reason,
        isDryRun: body.dry_run,
      });
      const isDryRun = body.dry_run === true;
      const forgotten = isDryRun ? 0 : universalIds.length;
      return { status: 'ok', forgotten, universal_ids: universalIds, partial: isPartial, dry_run: isDryRun };
    },
  );
  door.route(
    {
      method: 'GET',
      ...paths('get'),
      id: 'cortex.get',
      tag,
      summary: 'What a universal id names, whole',
      params,
      query: office.UniversalIdQuery,
      answers: { 200: office.CortexSource },
      fails: [404],
    },
    async ({ context, params, query }) => presentSource(await readSource(context, params.officeId, query.universal_id)),
  );
  door.route(
    {
      method: 'GET',
      ...paths('history'),
      id: 'cortex.history',
      tag,
      summary: 'All versions of a fact, oldest first',
      params,
      query: office.UniversalIdQuery,
      answers: { 200: office.HistoryResponse },
      fails: [404],
    },
    async ({ context, params, query }): Promise<office.HistoryResponse> => {
      const versions = await readHistory(context, params.officeId, query.universal_id);
      return { versions: versions.map(presentSource).map(({ edges: _, ...version }) => version) };
    },
  );
  door.route(
    {
      method: 'POST',
      ...paths('why'),
      id: 'cortex.why',
      tag,
      summary: 'Which signals found a hit, or why it is not found',
      params,
      body: office.WhyRequest,
      answers: { 200: office.WhyResponse },
      fails: [404],
    },
    async ({ context, params, body }): Promise<office.WhyResponse> => {
      await loadOffice(context, params.officeId, 'memory:read');
      const { rank, hit, explanation } = await explain(
        context,
        params.officeId,
        body.query,
        body.universal_id,
        askOptions(body),
      );
      const found = hit !== undefined;
      const score = hit?.score ?? null;
      return { universal_id: body.universal_id, found, rank, score, signals: presentSignals(hit), explanation };
    },
  );
  door.route(
    {
      method: 'GET',
      ...paths('export'),
      id: 'cortex.export',
      tag,
      summary: 'Everything that you may read, texts whole, page by page',
      params,
      query: office.ExportQuery,
      answers: { 200: office.ExportResponse },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? PAGE_DEFAULT, cursor: query.cursor };
      const sources = await exportSources(context, params.officeId, { feedKey: query.source }, page);
      return itemsWithCursor(reply, sources).map(presentSource);
    },
  );
}
