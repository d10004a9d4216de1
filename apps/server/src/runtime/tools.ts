import { type ToolCall, ToolError, type ToolName, type Tools } from '@guildhall/agent';
import { assertNever, canonicalJson, clipText, GuildhallError, type JsonObject, sha256Hex } from '@guildhall/kernel';
import { type Context, inTransaction } from '../domain/context/index.ts';
import {
  bytesOf,
  isSearchable,
  listFiles,
  loadFile,
  putFile,
  readFileText,
  SEARCHABLE_BYTES_MAX,
} from '../domain/drive/index.ts';
import { askMemory, remember } from '../domain/memory/index.ts';
import { type Run, type RunStep, recordStep, stepsOf } from '../domain/runs/index.ts';
import { reportProgress } from '../domain/tasks/index.ts';
import type { Work } from './prepare-turn.ts';

type Arguments = ToolCall[ToolName]['arguments'];

const FILES_LISTED_MAX = 1_000;
const LIST_PAGE = 200;

/** Tools whose effect must not happen twice: they and their step commit together, and a resumed run replays the step. */
const EFFECTS: ReadonlySet<ToolName> = new Set(['memory_remember', 'drive_write']);

/**
 * The one dispatcher: every call goes to the same domain function that the doors call, with the agent as principal, so an
 * agent can do nothing that an API caller with its key could not.
 */
export async function agentTools(context: Context, run: Run, work: Work): Promise<Tools> {
  const earlier = run.attempts > 1 ? await stepsOf(context, run.id) : [];
  return {
    call: async (name, input) => {
      const argumentsHash = sha256Hex(canonicalJson({ name, input }));
      const done = takeEarlier(earlier, name, argumentsHash);
      if (done !== undefined) return done as never;
      try {
        return (await dispatch(context, run, work, { name, input, argumentsHash })) as never;
      } catch (error) {
        // Refusals are the agent's to deal with; a lost fence and a broken house are not.
        const isRefusal = error instanceof GuildhallError && error.status < 500 && error.code !== 'stale_fence';
        throw isRefusal ? new ToolError(name, error.message, error.detail) : error;
      }
    },
  };
}

function takeEarlier(earlier: RunStep[], name: ToolName, argumentsHash: string): unknown {
  const index = earlier.findIndex(
    (step) => step.tool === name && step.arguments_hash === argumentsHash && step.status === 'done',
  );
  if (index === -1 || !EFFECTS.has(name)) return undefined;
  return earlier.splice(index, 1)[0]?.result;
}

interface Call {
  name: ToolName;
  input: Arguments;
  argumentsHash: string;
}

async function dispatch(context: Context, run: Run, work: Work, call: Call): Promise<unknown> {
  if (call.name === 'drive_write') await storeContent(context, call.input as ToolCall['drive_write']['arguments']);
  if (!EFFECTS.has(call.name)) return perform(context, run, work, call);
  return inTransaction(context, async (tx) => {
    const result = await perform(tx, run, work, call);
    await recordStep(tx, run, {
      tool: call.name,
      argumentsHash: call.argumentsHash,
      arguments: clip(call.input as JsonObject),
      status: 'done',
      result: result as JsonObject,
    });
    return result;
  });
}

async function perform(context: Context, run: Run, work: Work, { name, input }: Call): Promise<unknown> {
  const officeId = run.office_id;
  switch (name) {
    case 'memory_remember': {
      const { text } = input as ToolCall['memory_remember']['arguments'];
      const speaker = work.turn.cause.kind === 'message' ? work.turn.cause.from : work.turn.agent.name;
      return { universal_id: (await remember(context, officeId, { text, speaker })).universalId };
    }
    case 'memory_ask': {
      const { query, limit } = input as ToolCall['memory_ask']['arguments'];
      const hits = await askMemory(context, officeId, query, limit);
      return {
        hits: hits.map((hit) => ({
          universal_id: hit.universalId,
          source: hit.title,
          source_kind: hit.sourceKind,
          speaker: hit.speaker,
          text: hit.text,
          at: hit.at,
          score: hit.score,
        })),
      };
    }
    case 'drive_list':
      return listDrive(context, officeId);
    case 'drive_read': {
      const file = await loadFile(context, officeId, (input as ToolCall['drive_read']['arguments']).name, 'files:read');
      if (!isSearchable(file.media_type))
        throw new ToolError('drive_read', `"${file.name}" is not a text file (${file.media_type}).`);
      return {
        text: await readFileText(context, file),
        sha256: file.sha256,
        truncated: file.size_bytes > SEARCHABLE_BYTES_MAX,
      };
    }
    case 'drive_write': {
      const { name: fileName, content } = input as ToolCall['drive_write']['arguments'];
      // The bytes were stored before the transaction; the name of a blob is its content.
      const file = await putFile(context, officeId, {
        name: fileName,
        sha256: sha256Hex(content),
        sizeBytes: Buffer.byteLength(content),
        text: content,
      });
      return { name: file.name, version: file.version, sha256: file.sha256 };
    }
    case 'task_progress': {
      if (work.kind !== 'task') throw new ToolError('task_progress', 'There is no task in this turn.');
      const { percent, step } = input as ToolCall['task_progress']['arguments'];
      await reportProgress(context, work.scope, work.task.id, work.fence, { percent, step });
      return {};
    }
    default:
      return assertNever(name);
  }
}

async function storeContent(context: Context, { content }: ToolCall['drive_write']['arguments']): Promise<void> {
  await context.house.blobs.put(bytesOf(content), context.house.limits.fileSizeBytesMax);
}

async function listDrive(context: Context, officeId: string): Promise<ToolCall['drive_list']['result']> {
  const files: ToolCall['drive_list']['result']['files'] = [];
  let cursor: string | undefined;
  do {
    const page = await listFiles(context, officeId, { limit: LIST_PAGE, cursor });
    files.push(
      ...page.items.map((file) => ({
        name: file.name,
        size_bytes: file.size_bytes,
        searchable: isSearchable(file.media_type),
      })),
    );
    cursor = page.nextCursor;
  } while (cursor !== undefined && files.length < FILES_LISTED_MAX);
  return { files, truncated: cursor !== undefined };
}

/** The step log is read by people: a whole file in it helps nobody. */
function clip(input: JsonObject): JsonObject {
  const short = (value: JsonObject[string]) =>
    typeof value === 'string' && value.length > 500 ? `${clipText(value, 500)}…` : value;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, short(value)]));
}
