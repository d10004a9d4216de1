import {
  chooseEnrichment,
  claimUnread,
  type ExtractionClaim,
  type Extractor,
  ExtractorUnavailable,
  estimateExtraction,
  finishExtraction,
  noteExtractionError,
} from '@guildhall/cortex';
import { errors } from '@guildhall/kernel';
import { type Context, inTransaction, record, systemContext } from '../context/index.ts';
import { centsOfMicros, chargeOffice, officeRefusal } from '../credits/index.ts';
import { meterModelCall } from '../usage/index.ts';
import { loadMemory, tables } from './memory-place.ts';

export type EnrichmentMode = 'standard' | 'model';

/** Who reads what comes in, and how far that is. */
export interface Enrichment {
  mode: EnrichmentMode;
  goal: string;
  /** The model of this house, as prices name it; undefined when the operator configured none. */
  model: string | undefined;
  /** Share of the pieces that it has read. */
  coverage: number;
  costMicros: number;
  /** Why it does not go on. */
  error: string | null;
}

export async function readEnrichment(context: Context, officeId: string): Promise<Enrichment> {
  const { store } = await loadMemory(context, officeId, 'memory:read');
  return present(context, store);
}

/**
 * Chooses who reads what comes into the memory: the rules of the house alone (`standard`), or a model too, whose calls the
 * office pays. People choose that, agents do not. Throws `not_configured` when this house has no such model.
 */
export async function setEnrichment(
  context: Context,
  officeId: string,
  choice: { mode: EnrichmentMode; goal: string },
): Promise<Enrichment> {
  if (choice.mode === 'model' && context.house.extractor === undefined)
    throw errors.notConfigured(
      'This house has no model that reads what comes into a memory.',
      'The operator sets GUILDHALL_EXTRACTOR to the name of a model, and GUILDHALL_EXTRACTOR_URL to its server.',
    );
  return inTransaction(context, async (tx) => {
    const { office } = await loadMemory(tx, officeId, 'offices:write');
    const store = await chooseEnrichment(tables(tx), tx.house.engine.kind, office.id, choice);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'memory.enrichment_chosen',
      subjectId: office.id,
      data: { mode: choice.mode, goal: choice.goal },
    });
    return present(tx, store);
  });
}

type StoreState = NonNullable<Awaited<ReturnType<typeof loadMemory>>['store']>;

function present(context: Context, store: StoreState | undefined): Enrichment {
  const model = context.house.extractor?.id;
  const end = Number(store?.next_position ?? 0);
  const read = store !== undefined && store.extractor === model ? Number(store.extracted_up_to) : 0;
  return {
    mode: store?.enrichment === 'model' ? 'model' : 'standard',
    goal: store?.enrichment_goal ?? '',
    model,
    coverage: end === 0 ? 1 : read / end,
    costMicros: Number(store?.extraction_micros ?? 0),
    error: store?.extraction_error ?? null,
  };
}

const ROUNDS = 20;
/** Longer than a call may take; also how long it rests after a failure. */
const LEASE_MS = 120_000;

const enriching = new WeakSet<object>();

/** Has a model read what it has not read yet, where an office chose so: some pieces at a time, beside everything else. */
export async function enrichMissing(context: Context): Promise<void> {
  const { extractor } = context.house;
  if (extractor === undefined || enriching.has(context.house)) return;
  enriching.add(context.house);
  try {
    for (let round = 0; round < ROUNDS; round++) if (!(await enrichNext(context, extractor))) return;
  } finally {
    enriching.delete(context.house);
  }
}

async function enrichNext(context: Context, extractor: Extractor): Promise<boolean> {
  const { house } = context;
  const claim = await claimUnread(tables(context), extractor.id, house.clock.now(), LEASE_MS);
  if (claim === undefined) return false;
  const goal = claim.store.enrichment_goal;
  const atMost = house.modelPriceMicros(extractor.id, estimateExtraction(claim.pieces, goal));
  const refusal = await officeRefusal(context, claim.store.office_id, centsOfMicros(atMost));
  if (refusal !== undefined) {
    await noteExtractionError(tables(context), claim, refusal);
    return true;
  }
  try {
    const nothing = { mentions: [], usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 } };
    const read = claim.pieces.length === 0 ? nothing : await extractor.extract(claim.pieces, goal);
    await keepExtraction(context, extractor, claim, read);
  } catch (error) {
    if (!(error instanceof ExtractorUnavailable)) throw error;
    await noteExtractionError(tables(context), claim, error.message);
  }
  return true;
}

async function keepExtraction(
  context: Context,
  extractor: Extractor,
  claim: ExtractionClaim,
  { mentions, usage }: Awaited<ReturnType<Extractor['extract']>>,
): Promise<void> {
  const costMicros = context.house.modelPriceMicros(extractor.id, usage);
  const { office_id } = claim.store;
  await inTransaction(systemContext(context.house, 'enrichment'), async (tx) => {
    const read = { extractor: extractor.id, mentions, costMicros };
    const before = await finishExtraction(tables(tx), tx.house.engine.kind, claim, read);
    if (usage.inputTokens === 0) return;
    await meterModelCall(tx, { office_id, agent_id: '' }, { model: extractor.id, usage, costMicros });
    // A lost claim wrote nothing; its call was made all the same, and is paid as a whole.
    const cents =
      before === undefined ? centsOfMicros(costMicros) : centsOfMicros(before + costMicros) - centsOfMicros(before);
    const idempotencyKey = `memory:${claim.store.number}:${claim.until}`;
    await chargeOffice(tx, office_id, cents, {
      idempotencyKey,
      kind: 'memory',
      reason: `${extractor.id} read the memory`,
    });
  });
}
