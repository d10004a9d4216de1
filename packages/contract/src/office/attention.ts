import Type, { type Static } from 'typebox';
import { instant, nullable, stringEnum } from '../shapes.ts';

export const AttentionItem = Type.Object({
  kind: stringEnum(
    ['approval', 'blocked', 'review', 'budget', 'model', 'paused'],
    'An agent asks; a task cannot go on; a result waits to be accepted; a run waits for money, or for its model; the office or the house is stopped.',
  ),
  id: Type.String({ description: 'Of the approval, the task or the run; of the office when something is paused.' }),
  agent: nullable(Type.String({ description: 'Name of the agent that waits or is to do it; null for none.' })),
  title: Type.String({ description: 'What is wanted.' }),
  reason: Type.String({ description: 'Why, or what to do.' }),
  at: instant('Since when it waits.'),
});
export type AttentionItem = Static<typeof AttentionItem>;
