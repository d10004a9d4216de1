import { office } from '@guildhall/contract';
import { type Enrichment, readConnectable, readEnrichment, setEnrichment } from '../../domain/memory/index.ts';
import type { Door } from '../../http/index.ts';
import { paths } from './cortex.ts';

const tag = 'Cortex feeds';

/** What can be taken in, and who reads it (spec/mitosis 6). */
export function cortexEnrichmentRoutes(door: Door): void {
  const params = office.OfficeParams;
  door.route(
    {
      method: 'GET',
      ...paths('connectable-sources'),
      id: 'cortex.connectableSources',
      tag,
      summary: 'What can be taken into the memory, how, and what of it is there',
      params,
      answers: { 200: office.ConnectableSourcesResponse },
      fails: [404],
    },
    async ({ context, params }) => ({
      sources: (await readConnectable(context, params.officeId)).map(({ feeds, ...source }) => ({
        ...source,
        feeds: feeds.map(({ feedKey, itemCount }) => ({ feed_key: feedKey, items: itemCount })),
      })),
    }),
  );
  door.route(
    {
      method: 'GET',
      ...paths('enrichment'),
      id: 'cortex.enrichment',
      tag,
      summary: 'Who reads what comes in, how far that is, what it cost',
      params,
      answers: { 200: office.EnrichmentResponse },
      fails: [404],
    },
    async ({ context, params }) => presentEnrichment(await readEnrichment(context, params.officeId)),
  );
  door.route(
    {
      method: 'PUT',
      ...paths('enrichment'),
      id: 'cortex.chooseEnrichment',
      tag,
      summary: 'Choose who reads what comes in: the rules of the house, or a model too',
      description: 'People choose; agents do not. A model is sent all texts of the memory, private ones too.',
      params,
      body: office.EnrichmentRequest,
      answers: { 200: office.EnrichmentResponse },
      fails: [404, 503],
    },
    async ({ context, params, body }) => {
      const { mode, goal = '' } = body;
      return presentEnrichment(await setEnrichment(context, params.officeId, { mode, goal }));
    },
  );
}

function presentEnrichment(enrichment: Enrichment): office.EnrichmentResponse {
  const { mode, goal, model, coverage, costMicros, error } = enrichment;
  return { mode, goal, model: model ?? null, extraction_coverage: coverage, cost_micros: costMicros, error };
}
