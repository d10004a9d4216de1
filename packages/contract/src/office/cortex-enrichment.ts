import Type, { type Static } from 'typebox';
import { closed } from '../shapes.ts';

/** Who reads what comes into the memory (spec/mitosis 6: `cortex_choose_enrichment`, `cortex_connectable_sources`). */
const Mode = Type.Union([Type.Literal('standard'), Type.Literal('model')], {
  description: 'standard: the rules of the house; model: a language model too, whose calls the office pays.',
});

export const EnrichmentRequest = closed({
  mode: Mode,
  goal: Type.Optional(Type.String({ maxLength: 1_000, description: 'What the memory is for, as the model is told.' })),
});
export type EnrichmentRequest = Static<typeof EnrichmentRequest>;

export const EnrichmentResponse = Type.Object({
  mode: Mode,
  goal: Type.String({ description: 'As it was set; empty for none.' }),
  model: Type.Union([Type.String(), Type.Null()], { description: 'Null when the operator configured none.' }),
  extraction_coverage: Type.Number({ minimum: 0, maximum: 1, description: 'Share of the pieces that it has read.' }),
  cost_micros: Type.Integer({ description: 'What it has cost so far, in millionths of a credit.' }),
  error: Type.Union([Type.String(), Type.Null()], { description: 'Why it does not go on.' }),
});
export type EnrichmentResponse = Static<typeof EnrichmentResponse>;

export const ConnectableSourcesResponse = Type.Object({
  sources: Type.Array(
    Type.Object({
      kind: Type.String({
        description: 'drive, chat, tasks, files, vault, imap, calendar, github, conversations or custom.',
      }),
      title: Type.String({ description: 'For people.' }),
      by: Type.Union([Type.Literal('always'), Type.Literal('command'), Type.Literal('api')], {
        description: 'always: taken in by itself; command: by a command of mi; api: by whoever sends it.',
      }),
      how: Type.String({ description: 'The command, or the requests; or that nothing is to be done.' }),
      needs: Type.String({ description: 'Besides a key of this house; empty when nothing.' }),
      feeds: Type.Array(
        Type.Object({
          feed_key: Type.String({ description: 'As in status.' }),
          items: Type.Integer({ description: 'How many things it has brought.' }),
        }),
        { description: 'Those of this kind that are there.' },
      ),
    }),
    { description: 'Every kind that this house can take in.' },
  ),
});
export type ConnectableSourcesResponse = Static<typeof ConnectableSourcesResponse>;
