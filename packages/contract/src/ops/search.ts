import Type, { type Static } from 'typebox';
import { Agent } from './agents.ts';
import { Task } from './tasks.ts';

export const SearchQuery = Type.Object({
  q: Type.String({ maxLength: 1_000, description: 'At most 100 characters.' }),
});
export const SearchResults = Type.Object({
  tasks: Type.Array(Task),
  agents: Type.Array(Agent),
  products: Type.Array(Type.Unknown()),
});
export type SearchResults = Static<typeof SearchResults>;
