import { type AgentSkill, defineTool, ToolError } from '@guildhall/agent';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import { readSkill } from '../skills.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

/** What an agent has learned to do, read when it is needed. */
export function skillTools({ run }: ToolSetting, skills: readonly AgentSkill[]): HouseTool[] {
  if (skills.length === 0) return [];
  return [
    defineTool({
      name: 'skill_read',
      description: 'How one of your skills is done. Read it before you use it; path names another of its files.',
      risk: 'read',
      input: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 64 }),
        path: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
      }),
      run: async ({ name, path = 'SKILL.md' }, { scope }: { scope: Context }) => {
        const isOwn = skills.some((skill) => skill.name === name);
        const skill = isOwn ? await readSkill(scope, run.office_id, name, path) : undefined;
        if (skill !== undefined) return skill;
        const known = skills.map((each) => each.name).join(', ');
        throw new ToolError('skill_read', `There is no "${path}" in a skill "${name}" of yours. You have: ${known}.`);
      },
    }),
  ];
}
