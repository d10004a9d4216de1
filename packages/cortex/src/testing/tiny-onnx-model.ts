import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each word of the model with its vector: a kitten is a cat, an automobile is a car, and the rest means little. */
const WORDS: Record<string, readonly [number, number, number]> = {
  '[PAD]': [0, 0, 0],
  '[UNK]': [0, 0, 0.1],
  '[CLS]': [0, 0, 0.1],
  '[SEP]': [0, 0, 0.1],
  kitten: [1, 0, 0],
  feline: [1, 0, 0],
  car: [0, 1, 0],
  automobile: [0, 1, 0],
};

/**
 * Writes a model that any ONNX runtime can run, in the layout that models are published in: one layer, which looks up
 * the vector of each word. Written here byte by byte (ONNX is Protocol Buffers), as a real one is too large to keep.
 */
export function writeTinyOnnxModel(folder: string): void {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  writeFileSync(join(folder, 'onnx', 'model.onnx'), modelBytes());
  const writeJson = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  writeJson('config.json', { model_type: 'bert', architectures: ['BertModel'] });
  writeJson('tokenizer_config.json', { tokenizer_class: 'BertTokenizer', pad_token: '[PAD]', model_max_length: 512 });
  const special = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const words = Object.keys(WORDS);
  writeJson('tokenizer.json', {
    version: '1.0',
    added_tokens: [],
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((token) => [token, { id: token, ids: [words.indexOf(token)], tokens: [token] }]),
      ),
    },
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, index) => [word, index])),
    },
  });
}

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;
const OPERATOR_SET = 13;

/** Field numbers are those of onnx.proto. */
function modelBytes(): Buffer {
  const rows = Object.values(WORDS);
  const weights = Buffer.from(Float32Array.from(rows.flat()).buffer);
  const tensor = [int(1, rows.length), int(1, 3), int(2, FLOAT), bytes(8, 'weights'), bytes(9, weights)];
  const lookup = [bytes(1, 'weights'), bytes(1, 'input_ids'), bytes(2, 'last_hidden_state'), bytes(4, 'Gather')];
  const graph = [
    bytes(1, Buffer.concat(lookup)),
    bytes(2, 'meanings'),
    bytes(5, Buffer.concat(tensor)),
    bytes(11, valueInfo('input_ids', INT64, ['batch', 'length'])),
    bytes(11, valueInfo('attention_mask', INT64, ['batch', 'length'])),
    bytes(12, valueInfo('last_hidden_state', FLOAT, ['batch', 'length', 3])),
  ];
  const operatorSet = Buffer.concat([bytes(1, ''), int(2, OPERATOR_SET)]);
  return Buffer.concat([int(1, IR_VERSION), bytes(8, operatorSet), bytes(7, Buffer.concat(graph))]);
}

function valueInfo(name: string, type: number, shape: (string | number)[]): Buffer {
  const dimensions = shape.map((size) => bytes(1, typeof size === 'string' ? bytes(2, size) : int(1, size)));
  const tensorType = Buffer.concat([int(1, type), bytes(2, Buffer.concat(dimensions))]);
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, tensorType))]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  do {
    out.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(out);
}

const int = (field: number, value: number) => Buffer.concat([varint(field * 8), varint(value)]);

function bytes(field: number, value: string | Buffer): Buffer {
  const content = Buffer.from(value);
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}
