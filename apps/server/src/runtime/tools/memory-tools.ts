import { defineTool } from '@guildhall/agent';
import { universalId } from '@guildhall/cortex/universal-id';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import { askMemory, forget, remember } from '../../domain/memory/index.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

const HITS_DEFAULT = 8;
const SOURCE_KINDS: Record<string, string> = { agent: 'memory', drive_files: 'drive', messages: 'chat', tasks: 'task' };

/** Where what an agent keeps came from, by universal id. */
function causeOf(run: ToolSetting['run']): string {
  if (run.cause_kind === 'message') return universalId('messages', run.cause_id);
  if (run.cause_kind === 'task') return universalId('tasks', run.cause_id.replace(/\/.*$/, ''));
  return universalId('runs', run.id);
}

/** The office's memory. */
export function memoryTools({ run, work }: ToolSetting): HouseTool[] {
  // An agent has the conversation that it is in before it. The driver of rules does not take what was chatted for an answer.
  const asks = {
    ...(run.driver === 'reflex' ? { exceptSourceTables: ['messages', 'tasks'] } : {}),
    ...(work.kind === 'message' ? { withoutThread: work.conversation.id } : {}),
  };
  return [
    defineTool({
      name: 'memory_ask',
      description:
        'Search what the office remembers and the text of its drive. Answers with the best pieces and their sources.',
      risk: 'read',
      input: Type.Object({
        query: Type.String({ minLength: 1, maxLength: 2_000 }),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
      }),
      run: async ({ query, limit }, { scope }: { scope: Context }) => {
        const { hits, unknownWords } = await askMemory(scope, run.office_id, query, limit ?? HITS_DEFAULT, asks);
        return {
          hits: hits.map((hit) => ({
            universal_id: hit.universalId,
            source: hit.title,
            source_kind: SOURCE_KINDS[hit.feedKey] ?? hit.feedKey,
            speaker: hit.author,
            trust: hit.trust,
            text: hit.text,
            at: hit.at,
            score: hit.score,
          })),
          ...(unknownWords.length === 0 ? {} : { unknown_words: unknownWords }),
        };
      },
    }),
    defineTool({
      name: 'memory_remember',
      description: 'Keep a fact in the office’s memory. One sentence that makes sense on its own, with its source.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        text: Type.String({ minLength: 1, maxLength: 20_000 }),
        kind: Type.Optional(
          Type.String({
            maxLength: 40,
            description: 'observation, decision, insight or task-outcome; observation if left out',
          }),
        ),
        confidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
        source_universal_ids: Type.Optional(
          Type.Array(Type.String({ maxLength: 300 }), { maxItems: 50, description: 'What it was concluded from.' }),
        ),
      }),
      run: async ({ text, kind, confidence, source_universal_ids }, { scope }: { scope: Context }) => {
        // The driver of rules keeps the words of whoever spoke; a model keeps its own.
        const { cause, agent } = work.turn;
        const speaker = run.driver === 'reflex' && cause.kind === 'message' ? cause.from : agent.name;
        const { universalId } = await remember(scope, run.office_id, {
          text,
          kind,
          confidence,
          sourceIds: source_universal_ids,
          speaker,
          cause: causeOf(run),
        });
        return { universal_id: universalId };
      },
    }),
    defineTool({
      name: 'memory_forget',
      description: 'Take back something that you yourself put into the office’s memory: its universal_id.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({ universal_id: Type.String({ minLength: 1, maxLength: 200 }) }),
      run: async ({ universal_id }, { scope }: { scope: Context }) => {
        await forget(scope, run.office_id, { ids: [universal_id] });
        return {};
      },
    }),
  ];
}
