import { findSource, forgetSources, listSources, maySee, parseUniversalId } from '@guildhall/cortex';
import { errors } from '@guildhall/kernel';
import { principalName } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { lockMemory, tables } from './memory-place.ts';

const AT_ONCE_MAX = 1_000;

export interface ForgetInput {
  /** These, by universal id. */
  ids?: readonly string[] | undefined;
  /** All of a feed. */
  source?: string | undefined;
  /** All that this person said or wrote. */
  person?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  reason?: string | undefined;
  /** Only say how much it would be. */
  isDryRun?: boolean | undefined;
}

export interface Forgotten {
  universalIds: string[];
  /** Whether there is more of it: call again. */
  isPartial: boolean;
}

/**
 * Forgets for good: text, every index, vectors, graph, and the facts that rested on it alone. Tombstones keep the names, so
 * that feeds do not bring it back. An agent forgets only what it kept itself. At most `AT_ONCE_MAX` at once.
 */
export async function forget(context: Context, officeId: string, input: ForgetInput): Promise<Forgotten> {
  const { ids, source, person, since, until } = input;
  if (ids === undefined && source === undefined && person === undefined && since === undefined && until === undefined)
    throw errors.validationFailed(
      'universal_ids',
      'is missing, and so is every other filter',
      'Say what is to be forgotten.',
    );
  if (ids !== undefined && [source, person, since, until].some((filter) => filter !== undefined))
    throw errors.validationFailed('universal_ids', 'stands beside other filters', 'Send either ids or filters.');
  if (person !== undefined && person.trim().length < 2)
    throw errors.validationFailed('person', 'is too short to name anybody', 'Write a name or an address.');
  return inTransaction(context, async (tx) => {
    const place = await lockMemory(tx, officeId, 'memory:write');
    const { store, office, audiences } = place;
    const isAgent = tx.principal.kind === 'agent';
    const mine = tx.principal.kind === 'agent' ? tx.principal.agentId : undefined;
    if (isAgent && ids === undefined) throw errors.forbidden('memory:write on what others kept');
    const db = tables(tx);
    const found = [];
    for (const id of new Set(ids)) {
      const known = await findSource(db, store.number, id);
      // What others keep looks to an agent as if it were not there.
      const isMine = !isAgent || (known?.source.written_by === mine && parseUniversalId(id)[0]?.feedKey === 'agent');
      if (known === undefined || !maySee(audiences, known.source.audience) || !isMine)
        throw errors.notFound('memory', id);
      found.push(known.source);
    }
    if (ids === undefined) {
      const filter = { feedKey: source, author: person, since, until };
      found.push(...(await listSources(db, store.number, filter, { afterNumber: 0, limit: AT_ONCE_MAX + 1 })));
    }
    const sources = found.slice(0, AT_ONCE_MAX);
    const isPartial = found.length > AT_ONCE_MAX;
    if (input.isDryRun === true)
      return { universalIds: sources.map((row) => `${row.feed_key}:${row.external_id}`), isPartial };
    const by = {
      whom: principalName(tx.principal),
      reason: input.reason ?? '',
      at: tx.house.clock.now(),
      leavesTombstones: true,
    };
    const gone = sources.length === 0 ? [] : await forgetSources(db, tx.house.engine.kind, office.id, sources, by);
    for (const universalId of gone)
      record(tx, {
        organizationId: office.organization_id,
        officeId: office.id,
        agentId: mine,
        type: 'memory.forgotten',
        subjectId: universalId,
        data: {},
      });
    return { universalIds: gone, isPartial };
  });
}
