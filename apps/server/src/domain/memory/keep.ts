import { type IndexResult, indexSources, type MemorySource, maskSecrets } from '@guildhall/cortex';
import { type Context, record } from '../context/index.ts';
import type { Office } from '../offices/index.ts';
import { tables } from './memory-place.ts';

/**
 * The one way into the memory: secrets are masked (and the masking is an event, without what was masked), then everything is
 * written in the caller's transaction.
 */
export async function keepSources(tx: Context, office: Office, sources: readonly MemorySource[]): Promise<IndexResult> {
  const clean = sources.map((source) => {
    const { text, masked } = maskSecrets(source.text);
    const title = maskSecrets(source.title);
    for (const [kind, count] of Object.entries(title.masked)) masked[kind] = (masked[kind] ?? 0) + count;
    if (Object.keys(masked).length > 0)
      record(tx, {
        organizationId: office.organization_id,
        officeId: office.id,
        agentId: tx.principal.kind === 'agent' ? tx.principal.agentId : undefined,
        type: 'memory.secret_masked',
        subjectId: `${source.feedKey}:${source.externalId}`,
        data: { masked },
      });
    return { ...source, text, title: title.text };
  });
  return indexSources(tables(tx), tx.house.engine.kind, office.id, clean, tx.house.clock.now());
}
