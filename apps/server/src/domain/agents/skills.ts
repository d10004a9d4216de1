import { errors, type JsonObject } from '@guildhall/kernel';
import { type Context, inTransaction } from '../context/index.ts';
import { type Agent, loadAgent } from './agent-store.ts';
import { updateAgent } from './hire.ts';

const SKILLS_MAX = 50;
const SKILL_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The names of the skills that an agent has. */
export function skillsIn(profile: JsonObject): string[] {
  const { skills } = profile;
  const names = Array.isArray(skills) ? skills.filter((name): name is string => typeof name === 'string') : [];
  return names.filter((name) => SKILL_NAME.test(name)).slice(0, SKILLS_MAX);
}

/** Gives skills to an agent and takes some away (seed: mitosis-sdk-reference 7.2, setSkills). */
export async function setSkills(
  context: Context,
  officeId: string,
  nameOrId: string,
  change: { add?: readonly string[] | undefined; remove?: readonly string[] | undefined },
): Promise<Agent> {
  const { add = [], remove = [] } = change;
  const wrong = add.find((name) => !SKILL_NAME.test(name));
  if (wrong !== undefined)
    throw errors.validationFailed(
      'add',
      `"${wrong.slice(0, 64)}" is no name of a skill (letters, digits, "_", "-", ".")`,
    );
  return inTransaction(context, async (tx) => {
    const agent = await loadAgent(tx, officeId, nameOrId, 'agents:write');
    const kept = skillsIn(agent.profile).filter((name) => !remove.includes(name));
    const skills = [...new Set([...kept, ...add])];
    if (skills.length > SKILLS_MAX) throw errors.validationFailed('add', `makes more than ${SKILLS_MAX} skills`);
    return updateAgent(tx, officeId, agent.id, { profile: { skills } });
  });
}
