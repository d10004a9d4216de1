import { findSource, maySee, supersedeSource, universalId, writeEdges } from '@guildhall/cortex';
import { errors, newId } from '@guildhall/kernel';
import { principalName } from '../access/index.ts';
import { findAgentByName } from '../agents/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { keepSources, withoutSecrets } from './keep.ts';
import { agentAudience, lockMemory, tables } from './memory-place.ts';

type LockedPlace = Awaited<ReturnType<typeof lockMemory>>;

const TEXT_CHARS_MAX = 20_000;
const SOURCES_MAX = 50;
const KIND = /^[a-z][a-z0-9_-]{0,39}$/;

export interface RememberInput {
  text: string;
  /** `observation`, `decision`, `insight`, `task-outcome`, or another word of that shape. */
  kind?: string | undefined;
  /** 0 to 1. */
  confidence?: number | undefined;
  /** What it was concluded from. Needed unless a person says it. */
  sourceIds?: readonly string[] | undefined;
  /** On whose behalf it is kept: shown with it. The caller itself when left out. */
  speaker?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  /** Only the agent that keeps it is to find it again. */
  isPrivate?: boolean | undefined;
  /** What the house itself knows it came from: the message, task or run that an agent was at work on. */
  cause?: string | undefined;
}

export interface Remembered {
  universalId: string;
  derivedFromEdges: number;
  retrievableAt: number;
}

/**
 * Keeps a fact in the office's memory. The next question finds it. Throws `validation_failed` when an agent names no source,
 * or one that it cannot see.
 */
export async function remember(context: Context, officeId: string, input: RememberInput): Promise<Remembered> {
  return inTransaction(context, async (tx) => {
    const place = await lockMemory(tx, officeId, 'memory:write');
    return keepFact(tx, place, input);
  });
}

async function keepFact(tx: Context, place: LockedPlace, input: RememberInput): Promise<Remembered> {
  const { office } = place;
  const text = checkedText(input.text);
  const kind = input.kind ?? 'observation';
  if (!KIND.test(kind)) throw errors.validationFailed('kind', 'is not a word of lower-case letters, digits, - and _');
  const { confidence = null } = input;
  if (confidence !== null && !(confidence >= 0 && confidence <= 1))
    throw errors.validationFailed('confidence', 'is not between 0 and 1');
  const speaker = input.speaker ?? principalName(tx.principal);
  const byAgent =
    tx.principal.kind === 'agent' ? tx.principal.agentId : (await findAgentByName(tx, office.id, speaker))?.id;
  const sourceIds = [...new Set(input.sourceIds ?? [])];
  if (byAgent !== undefined && sourceIds.length === 0 && input.cause === undefined)
    throw errors.validationFailed(
      'source_universal_ids',
      'is empty, but what an agent keeps must say what it was concluded from',
      'Name the universal_id of each result that it rests on; ask the memory first if there is none at hand.',
    );
  if (sourceIds.length > SOURCES_MAX)
    throw errors.validationFailed('source_universal_ids', `has more than ${SOURCES_MAX} entries`);
  const grounds = [...new Set([...sourceIds, ...(input.cause === undefined ? [] : [input.cause])])];
  if (input.isPrivate === true && byAgent === undefined)
    throw errors.validationFailed(
      'private',
      'is for what an agent keeps for itself',
      'Name the agent whose it is, or leave it out: people read all of a memory.',
    );
  const audience = await audienceFor(tx, place, input, sourceIds, byAgent);
  const id = newId();
  const now = tx.house.clock.now();
  await keepSources(tx, office, [
    {
      feedKey: 'agent',
      externalId: id,
      kind,
      title: '',
      text,
      author: speaker,
      thread: '',
      url: '',
      writtenBy: byAgent ?? '',
      trust: byAgent === undefined ? 'user' : 'agent',
      confidence,
      audience,
      at: now,
      metadata: input.metadata ?? {},
      mentions: [],
    },
  ]);
  const self = universalId('agent', id);
  await writeEdges(
    tables(tx),
    place.store.number,
    grounds.map((to) => ({ from: self, kind: 'derived-from', to })),
  );
  record(tx, {
    organizationId: office.organization_id,
    officeId: office.id,
    agentId: byAgent,
    type: 'memory.stored',
    subjectId: id,
    data: { speaker, kind, characters: text.length, sources: grounds },
  });
  return { universalId: self, derivedFromEdges: grounds.length, retrievableAt: now };
}

/** What is concluded from something that few may read is for those few: the sources decide, not the writer. */
async function audienceFor(
  tx: Context,
  { store, audiences }: LockedPlace,
  input: RememberInput,
  sourceIds: readonly string[],
  byAgent: string | undefined,
): Promise<string> {
  const own = input.isPrivate === true && byAgent !== undefined ? agentAudience(byAgent) : '';
  const restricted = new Set<string>(own === '' ? [] : [own]);
  for (const id of sourceIds) {
    const found = await findSource(tables(tx), store.number, id);
    if (found === undefined || !maySee(audiences, found.source.audience))
      throw errors.validationFailed(
        'source_universal_ids',
        `names "${id}", which is not in this memory`,
        'Take the ids from the results of a question.',
      );
    if (found.source.audience !== '') restricted.add(found.source.audience);
  }
  if (restricted.size === 0) return '';
  const [only] = restricted;
  if (restricted.size === 1 && only !== undefined) return only;
  // Concluded from several closed circles: for the writer alone, since nobody else is known to be in all of them.
  return agentAudience(byAgent ?? 'people');
}

export interface CorrectInput {
  text: string;
  reason: string;
  speaker?: string | undefined;
  sourceIds?: readonly string[] | undefined;
}

/**
 * Puts a new fact in the place of an old one, from now on. The old one stays in its history and in questions about the time
 * before. An agent corrects what it kept itself; people correct everything.
 */
export async function correct(
  context: Context,
  officeId: string,
  id: string,
  input: CorrectInput,
): Promise<Remembered & { supersedes: string }> {
  if (input.reason.trim() === '' || input.reason.length > 1_000)
    throw errors.validationFailed(
      'reason',
      'is empty or longer than 1000 characters',
      'Say why the old fact no longer holds.',
    );
  return inTransaction(context, async (tx) => {
    const place = await lockMemory(tx, officeId, 'memory:write');
    const found = await findSource(tables(tx), place.store.number, id);
    const isOthers = tx.principal.kind === 'agent' && found?.source.written_by !== tx.principal.agentId;
    if (found === undefined || !maySee(place.audiences, found.source.audience)) throw errors.notFound('memory', id);
    if (isOthers) throw errors.forbidden('memory:write on what others kept');
    const { source } = found;
    if (source.superseded_by !== null)
      throw errors.conflict(`"${id}" was already corrected by "${source.superseded_by}".`, {
        superseded_by: source.superseded_by,
      });
    const old = universalId(source.feed_key, source.external_id);
    const fact = await keepFact(tx, place, {
      text: input.text,
      kind: source.feed_key === 'agent' ? source.kind : 'correction',
      confidence: source.confidence ?? undefined,
      sourceIds: [old, ...(input.sourceIds ?? [])],
      speaker: input.speaker,
      metadata: {},
    });
    await writeEdges(tables(tx), source.store, [{ from: fact.universalId, kind: 'supersedes', to: old }]);
    await supersedeSource(tables(tx), tx.house.engine.kind, source, {
      universalId: fact.universalId,
      reason: withoutSecrets(input.reason.trim()),
      at: fact.retrievableAt,
    });
    record(tx, {
      organizationId: place.office.organization_id,
      officeId: place.office.id,
      agentId: tx.principal.kind === 'agent' ? tx.principal.agentId : undefined,
      type: 'memory.corrected',
      subjectId: source.external_id,
      data: { universal_id: old, superseded_by: fact.universalId },
    });
    return { ...fact, supersedes: old };
  });
}

function checkedText(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > TEXT_CHARS_MAX)
    throw errors.validationFailed('text', `is empty or longer than ${TEXT_CHARS_MAX} characters`);
  return trimmed;
}
