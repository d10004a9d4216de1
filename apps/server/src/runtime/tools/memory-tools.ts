import { defineTool } from '@guildhall/agent';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import { askMemory, forget, remember } from '../../domain/memory/index.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

const HITS_DEFAULT = 8;

/** The office's memory. */
export function memoryTools({ run, work }: ToolSetting): HouseTool[] {
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
        const hits = await askMemory(scope, run.office_id, query, limit ?? HITS_DEFAULT);
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
      },
    }),
    defineTool({
      name: 'memory_remember',
      description: 'Keep a fact in the office’s memory. One sentence that makes sense on its own, with its source.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({ text: Type.String({ minLength: 1, maxLength: 20_000 }) }),
      run: async ({ text }, { scope }: { scope: Context }) => {
        // The driver of rules keeps the words of whoever spoke; a model keeps its own.
        const { cause, agent } = work.turn;
        const speaker = run.driver === 'reflex' && cause.kind === 'message' ? cause.from : agent.name;
        return { universal_id: (await remember(scope, run.office_id, { text, speaker })).universalId };
      },
    }),
    defineTool({
      name: 'memory_forget',
      description: 'Take back something that you yourself put into the office’s memory: its universal_id.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({ universal_id: Type.String({ minLength: 1, maxLength: 200 }) }),
      run: async ({ universal_id }, { scope }: { scope: Context }) => {
        await forget(scope, run.office_id, universal_id);
        return {};
      },
    }),
  ];
}
