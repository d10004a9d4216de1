import { firstBrokenEntry, GENESIS_HASH } from '@guildhall/audit';
import type { Context } from '../context/index.ts';

const PAGE_ENTRIES = 1_000;

export interface AuditReport {
  entries: number;
  /** The sequence number of the first entry that does not follow from the one before; absent when the chain holds. */
  brokenAtSeq?: number;
}

/** Recomputes the hash chain of an organisation, entry by entry. Missing entries and a cut tail show as broken too. */
export async function verifyAudit(context: Context, organizationId: string): Promise<AuditReport> {
  const head = await context.db
    .selectFrom('streams')
    .select(['audit_seq', 'audit_hash'])
    .where('id', '=', organizationId)
    .executeTakeFirst();
  let lastSeq = 0;
  let lastHash = GENESIS_HASH;
  for (;;) {
    const rows = await context.db
      .selectFrom('audit_entries')
      .selectAll()
      .where('stream', '=', organizationId)
      .where('seq', '>', lastSeq)
      .orderBy('seq')
      .limit(PAGE_ENTRIES)
      .execute();
    const entries = rows.map((row) => ({ ...row, prevHash: row.prev_hash }));
    const gap = rows.findIndex((row, index) => row.seq !== lastSeq + index + 1);
    const broken = firstBrokenEntry(entries, lastHash);
    if (gap !== -1 || broken !== undefined) {
      const index = Math.min(gap === -1 ? rows.length : gap, broken ?? rows.length);
      return { entries: lastSeq + index, brokenAtSeq: lastSeq + index + 1 };
    }
    lastSeq = rows.at(-1)?.seq ?? lastSeq;
    lastHash = rows.at(-1)?.hash ?? lastHash;
    if (rows.length < PAGE_ENTRIES) break;
  }
  const isWhole =
    head === undefined || (head.audit_seq <= lastSeq && (head.audit_seq !== lastSeq || head.audit_hash === lastHash));
  return isWhole ? { entries: lastSeq } : { entries: lastSeq, brokenAtSeq: lastSeq + 1 };
}
