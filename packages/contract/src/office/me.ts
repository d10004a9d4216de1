import Type, { type Static } from 'typebox';
import { nullable } from '../shapes.ts';

export const Me = Type.Object({
  kind: Type.String({ description: 'user, agent, organization_key or order.' }),
  id: Type.String({ description: 'Of the user, the agent, the key or the order.' }),
  email: nullable(Type.String({ description: 'Of a user; null for others.' })),
  name: Type.String({ description: 'Of a user or an agent; of others their kind.' }),
  organizations: Type.Array(
    Type.Object({
      id: Type.String({ description: 'Id of the organisation.' }),
      role: Type.String({
        description: 'owner, admin, member, viewer, agent or order; of a key its scopes, with spaces between them.',
      }),
    }),
    { description: 'Those in which this credential is good.' },
  ),
  office_id: nullable(Type.String({ description: 'The office of an agent.' })),
});
export type Me = Static<typeof Me>;
