import { findTransformers, temporaryFolder } from '@guildhall/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbedderUnavailable, QueryVectors } from './embedder.ts';
import { onnxEmbedder } from './onnx-embedder.ts';
import { openTestMemory, source, type TestMemory } from './testing/test-memory.ts';
import { writeTinyOnnxModel } from './testing/tiny-onnx-model.ts';

let memory: TestMemory;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  memory = await openTestMemory();
  folder = await temporaryFolder();
});
afterEach(async () => {
  await memory.close();
  await folder.remove();
});

const library = () => import(findTransformers() ?? 'TRANSFORMERS_PATH');

describe('a local ONNX model, run by transformers.js', () => {
  it('finds what is meant where no word is the same', async () => {
    writeTinyOnnxModel(`${folder.path}/tiny`);
    const embedder = onnxEmbedder(`${folder.path}/tiny`, 0.5, library);
    await memory.keep([
      source({ externalId: 'a', text: 'The kitten sleeps on the sofa.' }),
      source({ externalId: 'b', text: 'The automobile is in the garage.' }),
    ]);
    await memory.embed(embedder);
    expect(await memory.coverage()).toEqual({ embedder: 'onnx:tiny', embedCoverage: 1 });
    const vector = await new QueryVectors(embedder).of('feline');
    if (vector === undefined) throw new Error('no vector');
    const { hits } = await memory.ask('feline', { vector: { embedder: embedder.id, vector, weight: 0.5 } });
    expect(hits[0]).toMatchObject({ externalId: 'a', signals: { vector: { rank: 1 } } });
  });

  it('that is not there is named with its folder, and looked for again at the next call', async () => {
    const embedder = onnxEmbedder(`${folder.path}/tiny`, 0.5, library);
    const refused = embedder.embed(['cat'], 'query');
    await expect(refused).rejects.toThrow(EmbedderUnavailable);
    await expect(refused).rejects.toThrow(`${folder.path}/tiny`);
    writeTinyOnnxModel(`${folder.path}/tiny`);
    expect((await embedder.embed(['car', 'kitten'], 'query')).map((one) => one.length)).toEqual([3, 3]);
  });
});
