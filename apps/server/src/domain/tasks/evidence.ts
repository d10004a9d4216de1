import { errors, GuildhallError, type JsonObject } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import { accessOf, findFile } from '../drive/index.ts';

/**
 * What proves that a task is done:
 * `manual`       a result in words;
 * `file_exists`  at least one file that is on the drive with exactly these bytes;
 * `sources`      a result and at least one source that it rests on;
 * `review`       a result in words, and somebody who accepts it;
 * `command`      a command that the house runs in the worker's folder ends with 0;
 * `api_works`    an address that the house asks answers as it should.
 */
export const verificationTypes = ['manual', 'file_exists', 'sources', 'review', 'command', 'api_works'] as const;
export type VerificationType = (typeof verificationTypes)[number];

export interface EvidenceFile {
  name: string;
  sha256?: string;
}

export interface Evidence {
  files?: EvidenceFile[];
  /** Names or ids of what the result rests on. */
  sources?: string[];
  /** What else the worker says; kept as sent. */
  notes?: string;
  [key: string]: unknown;
}

/** What a worker says when it is done. */
export interface Completion {
  result: string;
  evidence: Evidence;
}

export interface EvidenceProblem {
  field: string;
  reason: string;
}

export function isVerificationType(text: string): text is VerificationType {
  return (verificationTypes as readonly string[]).includes(text);
}

/** Checks the shape of what was sent as evidence. Throws `validation_failed` with the field. */
export function readEvidence(value: unknown): Evidence {
  const refuse = (field: string, reason: string) => errors.validationFailed(`evidence${field}`, reason);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('', 'is not an object');
  const { files, sources } = value as Record<string, unknown>;
  if (files !== undefined) {
    if (!Array.isArray(files) || files.length > FILES_MAX)
      throw refuse('.files', `is not a list of at most ${FILES_MAX} files`);
    for (const [index, file] of files.entries()) {
      const isFile =
        typeof file === 'object' &&
        file !== null &&
        typeof file.name === 'string' &&
        ['undefined', 'string'].includes(typeof file.sha256);
      if (!isFile) throw refuse(`.files[${index}]`, 'is not {name, sha256?}');
    }
  }
  const areSources =
    sources === undefined ||
    (Array.isArray(sources) && sources.length <= SOURCES_MAX && sources.every((source) => typeof source === 'string'));
  if (!areSources) throw refuse('.sources', `is not a list of at most ${SOURCES_MAX} names`);
  return value as Evidence;
}

const FILES_MAX = 100;
const SOURCES_MAX = 100;

const EXAMPLE: Record<VerificationType, JsonObject> = {
  manual: { result: 'Invoices of March checked; two were doubled.' },
  file_exists: {
    result: 'The report is written.',
    evidence: { files: [{ name: 'reports/march.md', sha256: '<64 hex digits>' }] },
  },
  sources: { result: 'The budget is 40,000.', evidence: { sources: ['drive:budget.csv'] } },
  review: { result: 'The page is translated; see pages/de.md.' },
  command: { result: 'All tests pass.' },
  api_works: { result: 'The service answers at its address.' },
};

const RESULT_CHARS_MAX = 100_000;

/** What is missing from the evidence; empty when the task's check is passed. */
export async function checkEvidence(
  context: Context,
  officeId: string,
  type: VerificationType,
  result: string,
  evidence: Evidence,
): Promise<EvidenceProblem[]> {
  const problems: EvidenceProblem[] = [];
  if (result.trim() === '') problems.push({ field: 'result', reason: 'is empty: say what came out' });
  if (result.length > RESULT_CHARS_MAX)
    problems.push({ field: 'result', reason: `is longer than ${RESULT_CHARS_MAX} characters: put it into a file` });
  const files = evidence.files ?? [];
  if (type === 'file_exists' && files.length === 0) problems.push({ field: 'evidence.files', reason: 'names no file' });
  if (type === 'sources' && (evidence.sources ?? []).length === 0)
    problems.push({ field: 'evidence.sources', reason: 'names no source' });
  for (const [index, file] of files.entries()) {
    const field = `evidence.files[${index}]`;
    const found = await findFile(context, officeId, file.name);
    // What somebody may not read proves nothing, and is not told apart from what is not there.
    const stored = found === undefined || (await accessOf(context, found)) === 'none' ? undefined : found;
    if (stored === undefined) problems.push({ field, reason: `"${file.name}" is not on the drive` });
    else if (file.sha256 !== undefined && stored.sha256 !== file.sha256)
      problems.push({ field, reason: `"${file.name}" has other content now` });
  }
  return problems;
}

/** A completion that would pass, to show to whoever was refused. */
export function evidenceExample(type: VerificationType): JsonObject {
  return EXAMPLE[type];
}

/** Says machine-readably what is missing, with an example of what would pass. */
export function evidenceRejected(type: VerificationType, problems: EvidenceProblem[]): GuildhallError {
  return new GuildhallError('evidence_rejected', {
    message: `The evidence does not pass "${type}": ${problems.map((problem) => `${problem.field} ${problem.reason}`).join('; ')}.`,
    detail: { verification_type: type, missing: problems.map((problem) => ({ ...problem })), example: EXAMPLE[type] },
  });
}
