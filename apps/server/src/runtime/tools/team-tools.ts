import { defineTool } from '@guildhall/agent';
import Type from 'typebox';
import { fireAgent, hireAgent } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

/** Hiring and firing, where the office allows it to agents (`allow_agent_hiring`). */
export function teamTools({ run, work }: ToolSetting): HouseTool[] {
  if (work.officeSettings.allow_agent_hiring !== true) return [];
  return [
    defineTool({
      name: 'agent_hire',
      description: 'Hire a colleague. The office’s limits of hires, size and money hold; a hire is recorded as yours.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 100 }),
        role: Type.Optional(Type.String({ maxLength: 200 })),
        instructions: Type.Optional(Type.String({ maxLength: 20_000 })),
      }),
      run: async ({ name, role, instructions }, { scope }: { scope: Context }) => {
        const { modelTier, modelProvider } = work.turn.agent;
        const agent = await hireAgent(scope, run.office_id, {
          name,
          role,
          systemPrompt: instructions,
          modelTier,
          modelProvider,
        });
        return { name: agent.name, role: agent.role };
      },
    }),
    defineTool({
      name: 'agent_fire',
      description: 'Fire a colleague that you hired yourself. Its open tasks go back to the pool.',
      risk: 'outward',
      isAtomic: true,
      input: Type.Object({ name: Type.String({ minLength: 1, maxLength: 300 }) }),
      run: async ({ name }, { scope }: { scope: Context }) => {
        await fireAgent(scope, run.office_id, name);
        return { fired: name };
      },
    }),
  ];
}
