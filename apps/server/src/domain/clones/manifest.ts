import { errors, type JsonObject } from '@guildhall/kernel';

/** What a package says of itself (spec: mitosis.md 2, transfer Manifest). */
export interface Manifest {
  agentName: string;
  packedAt: string;
  /** By path in the package. */
  files: ReadonlyMap<string, { sha256: string; sizeBytes: number }>;
  /** As `anthropic/claude-sonnet-5`; empty when it says none. */
  modelPrimary: string;
}

const FILES_MAX = 20_000;
const PATH_CHARS_MAX = 1_000;

/** Throws `validation_failed` with the field. */
export function readPackageManifest(value: unknown): Manifest {
  const refuse = (field: string, reason: string) => errors.validationFailed(`manifest${field}`, reason);
  if (!isObject(value)) throw refuse('', 'is not an object');
  if (value.version !== '1.0') throw refuse('.version', 'is not "1.0"');
  if (typeof value.agent_name !== 'string') throw refuse('.agent_name', 'is missing');
  if (!isObject(value.files)) throw refuse('.files', 'is not {path: {sha256, size}}');
  const entries = Object.entries(value.files);
  if (entries.length > FILES_MAX) throw refuse('.files', `names more than ${FILES_MAX} files`);
  const files = new Map<string, { sha256: string; sizeBytes: number }>();
  for (const [path, file] of entries) {
    const isFile =
      isObject(file) &&
      typeof file.sha256 === 'string' &&
      /^(?:sha256:)?[0-9a-f]{64}$/.test(file.sha256) &&
      Number.isSafeInteger(file.size) &&
      Number(file.size) >= 0;
    if (!isFile || path.length > PATH_CHARS_MAX)
      throw refuse(`.files["${path.slice(0, 100)}"]`, 'is not {sha256, size}');
    files.set(path, { sha256: String(file.sha256).replace('sha256:', ''), sizeBytes: Number(file.size) });
  }
  const stats = isObject(value.stats) ? value.stats : {};
  return {
    agentName: value.agent_name,
    packedAt: typeof value.packed_at === 'string' ? value.packed_at : '',
    files,
    modelPrimary: typeof stats.model_primary === 'string' ? stats.model_primary : '',
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
