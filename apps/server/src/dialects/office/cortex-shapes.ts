import type { office } from '@guildhall/contract';
import { clipText, formatInstant } from '@guildhall/kernel';
import type { Entity, Gap, Manifest, MemoryHit, OfficeMemoryStatus, WholeSource } from '../../domain/memory/index.ts';

const PREVIEW_CHARS = 400;

/** `ext_notes.integration_feed` is the table `integration_feed` of the schema `ext_notes`. */
export function tableOf(feedKey: string): string {
  return feedKey.slice(feedKey.lastIndexOf('.') + 1);
}

export function presentResult(hit: MemoryHit, includesRaw: boolean): office.CortexResult {
  return {
    universal_id: hit.universalId,
    score: rounded(hit.score),
    title: hit.title === '' ? clipText(hit.text.split('\n')[0] ?? '', 80) : hit.title,
    preview: clipText(hit.text, PREVIEW_CHARS),
    source_table: tableOf(hit.feedKey),
    source_url: hit.url,
    feed_key: hit.feedKey,
    kind: hit.kind,
    author: hit.author,
    time: formatInstant(hit.at),
    trust: hit.trust as office.CortexResult['trust'],
    confidence: hit.confidence,
    signals: presentSignals(hit),
    duplicates: hit.duplicates,
    superseded_by: hit.supersededBy,
    ...(includesRaw
      ? {
          raw: {
            text: hit.text,
            metadata: hit.metadata,
            written_by: hit.writtenBy,
            context: hit.context.map(({ author, text, at }) => ({ author, text, time: formatInstant(at) })),
          },
        }
      : {}),
  };
}

export function presentSignals(hit: MemoryHit | undefined): office.CortexResult['signals'] {
  return Object.fromEntries(
    Object.entries(hit?.signals ?? {}).map(([name, { score, rank }]) => [name, { score: rounded(score), rank }]),
  );
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

export function presentGap(gap: Gap | undefined): Partial<office.AnswerResponse> {
  if (gap === undefined) return {};
  const shown = {
    headline: gap.headline,
    unknown_words: gap.unknownWords,
    advice: 'Look at status: a feed that is missing or behind is another thing than a fact that is not there.',
  };
  return gap.isCertain ? { source_gap: shown } : { possible_source_gap: shown };
}

export function presentSource({ universalId, source, text, edges }: WholeSource): office.CortexSource {
  return {
    universal_id: universalId,
    feed_key: source.feed_key,
    source_table: tableOf(source.feed_key),
    kind: source.kind,
    title: source.title,
    author: source.author,
    url: source.url,
    time: formatInstant(Number(source.at)),
    ingested_at: formatInstant(Number(source.ingested_at)),
    trust: source.trust,
    confidence: source.confidence,
    written_by: source.written_by,
    valid_from: formatInstant(Number(source.valid_from)),
    valid_to: source.valid_to === null ? null : formatInstant(Number(source.valid_to)),
    superseded_by: source.superseded_by,
    supersede_reason: source.supersede_reason,
    truncated: source.is_truncated,
    raw_data: { ...source.metadata, text },
    edges,
  };
}

export function presentEntity(entity: Entity): office.CortexEntity {
  const { id, kind, name, mentionCount, aliases } = entity;
  return { id, kind, name, mentions: mentionCount, aliases };
}

const OWN_FEEDS: Record<string, string> = {
  agent: 'Facts that were kept',
  drive_files: 'The office drive',
  messages: 'Office chat',
  tasks: 'Tasks and their results',
};

/** Feeds that hold something, and those that are registered and hold nothing yet. */
export function presentStatus(status: OfficeMemoryStatus): office.CortexStatus {
  const registered = new Map(status.registered.map((feed) => [feed.feedKey, feed]));
  const activity = registered.get('activity');
  const keys = new Set([...status.feeds.map(({ feedKey }) => feedKey), ...registered.keys()]);
  keys.delete('activity');
  const feeds = [...keys].sort().map((key) => {
    const held = status.feeds.find(({ feedKey }) => feedKey === key);
    const feed = registered.get(key) ?? (key === 'messages' || key === 'tasks' ? activity : undefined);
    const syncedAt = feed?.syncedAt ?? held?.ingestedAt ?? null;
    return {
      feed_key: key,
      title: OWN_FEEDS[key] ?? feed?.title ?? key,
      kind: OWN_FEEDS[key] === undefined ? (feed?.kind ?? 'custom') : 'office',
      state: feed?.state ?? 'ready',
      items: held?.sources ?? 0,
      cursor: OWN_FEEDS[key] === undefined ? (feed?.cursor ?? '') : '',
      newest_at: held?.newestAt == null ? null : formatInstant(held.newestAt),
      synced_at: syncedAt === null ? null : formatInstant(syncedAt),
      error: feed?.error ?? null,
    };
  });
  return {
    office_id: status.officeId,
    office_name: status.officeName,
    memory_state: status.state,
    source_count: status.feeds.length,
    item_count: status.sources,
    chunk_count: status.chunks,
    pending: status.pending,
    activity_behind: status.activityBehind,
    superseded: status.superseded,
    forgotten: status.tombstones,
    entity_count: status.entities,
    embed_coverage: rounded(status.embedCoverage),
    graph_coverage: rounded(status.graphCoverage),
    embedder: status.embedder,
    languages: status.languages,
    feeds,
  };
}

const HOW_TO =
  'Ask with short, distinctive nouns. Cite universal_id. Look at coverage and freshness before you say that something is not there. Name your sources when you remember. Write absolute dates.';

export function presentManifest({ status, people, topics }: Manifest): office.CortexManifest {
  const { office_id, office_name, feeds, embed_coverage, graph_coverage } = presentStatus(status);
  const short = ({ name, mentionCount }: Entity) => ({ name, mentions: mentionCount });
  return {
    office_id,
    office_name,
    sources: feeds.map(({ feed_key, items, newest_at }) => ({ feed_key, items, newest_at })),
    top_people: people.map(short),
    top_topics: topics.map(short),
    embed_coverage,
    graph_coverage,
    how_to: HOW_TO,
  };
}
