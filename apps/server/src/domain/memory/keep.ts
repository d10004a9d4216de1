import { type IndexResult, indexSources, type MemorySource, maskSecretsIn } from '@guildhall/cortex';
import { type Context, record } from '../context/index.ts';
import type { Office } from '../offices/index.ts';
import { tables } from './memory-place.ts';

/**
 * The one way into the memory: secrets are masked (and the masking is an event, without what was masked), then everything is
 * written in the caller's transaction. Names by which a feed knows its rows are left as they are: they must be found again.
 */
export async function keepSources(tx: Context, office: Office, sources: readonly MemorySource[]): Promise<IndexResult> {
  const clean = sources.map((source) => {
    const masked: Record<string, number> = {};
    const { text, title, author, url, kind, metadata, mentions } = source;
    const shown = maskSecretsIn({ text, title, author, url, kind, metadata, mentions }, masked);
    if (Object.keys(masked).length > 0)
      record(tx, {
        organizationId: office.organization_id,
        officeId: office.id,
        agentId: tx.principal.kind === 'agent' ? tx.principal.agentId : undefined,
        type: 'memory.secret_masked',
        subjectId: `${source.feedKey}:${source.externalId}`,
        data: { masked },
      });
    return { ...source, ...shown };
  });
  return indexSources(tables(tx), tx.house.engine.kind, office.id, clean, tx.house.clock.now());
}

/** The reason of a correction, the settings of a feed: shown beside what is kept, and masked like it. */
export function withoutSecrets<Value>(value: Value): Value {
  return maskSecretsIn(value, {});
}
