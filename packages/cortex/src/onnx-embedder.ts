import { basename } from 'node:path';
import { type Embedder, EmbedderUnavailable, toUnit } from './embedder.ts';

interface Transformers {
  env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: { dtype: string },
  ): Promise<(texts: string[], options: { pooling: 'mean'; normalize: boolean }) => Promise<{ tolist(): number[][] }>>;
}

const PACKAGE = '@huggingface/transformers';

/**
 * A model of this machine, as ONNX files in a folder, through transformers.js. That package is large and not part of the
 * install: whoever wants it adds it. Nothing is downloaded.
 */
export function onnxEmbedder(folder: string, weight: number): Embedder {
  let extractor: ReturnType<Transformers['pipeline']> | undefined;
  const open = async () => {
    let library: Transformers;
    try {
      library = (await import(PACKAGE)) as Transformers;
    } catch (cause) {
      throw new EmbedderUnavailable(`Local models need the package ${PACKAGE}: npm install ${PACKAGE}`, { cause });
    }
    library.env.allowRemoteModels = false;
    library.env.localModelPath = `${folder.replace(/\/[^/]+\/?$/, '')}/`;
    try {
      return await library.pipeline('feature-extraction', basename(folder), { dtype: 'fp32' });
    } catch (cause) {
      throw new EmbedderUnavailable(`There is no ONNX model that can be read in ${folder}.`, { cause });
    }
  };
  return {
    id: `onnx:${basename(folder)}`,
    weight,
    embed: async (texts) => {
      extractor ??= open();
      try {
        const output = await (await extractor)([...texts], { pooling: 'mean', normalize: true });
        return output.tolist().map(toUnit);
      } catch (error) {
        extractor = undefined;
        throw error;
      }
    },
  };
}
