import Type, { type Static } from 'typebox';
import { nullable } from '../shapes.ts';

export const Me = Type.Object({
  kind: Type.String({ description: 'user, agent, organization_key or order.' }),
  id: Type.String(),
  email: nullable(Type.String()),
  name: Type.String(),
  organizations: Type.Array(Type.Object({ id: Type.String(), role: Type.String() })),
  office_id: nullable(Type.String({ description: 'The office of an agent.' })),
});
export type Me = Static<typeof Me>;
