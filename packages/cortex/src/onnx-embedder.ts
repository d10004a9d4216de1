import { basename } from 'node:path';
import { type Embedder, EmbedderUnavailable, toUnit } from './embedder.ts';

/** What is used of transformers.js. */
export interface Transformers {
  env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: { dtype: string },
  ): Promise<(texts: string[], options: { pooling: 'mean'; normalize: boolean }) => Promise<{ tolist(): number[][] }>>;
}

const PACKAGE = '@huggingface/transformers';

/** The scripts only fetch what graphics cards need; without them the package installs offline too. */
const INSTALL = `npm install --no-save --ignore-scripts ${PACKAGE}`;

/**
 * A model of this machine, as ONNX files in a folder (`config.json`, `tokenizer.json`, `onnx/model.onnx`), through
 * transformers.js. That package is large and not part of the install: whoever wants it adds it. Nothing is downloaded.
 *
 * @param load brings the library; by default the one that lies beside this project's packages.
 */
export function onnxEmbedder(
  folder: string,
  weight: number,
  load: () => Promise<unknown> = () => import(PACKAGE),
): Embedder {
  let extractor: ReturnType<Transformers['pipeline']> | undefined;
  const open = async () => {
    let library: Transformers;
    try {
      library = (await load()) as Transformers;
    } catch (cause) {
      throw new EmbedderUnavailable(`Local models need the package ${PACKAGE}: ${INSTALL}`, { cause });
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
