import Type, { type Static } from 'typebox';
import { closed, instant, nullable } from '../shapes.ts';

export const HouseState = Type.Object({
  paused: Type.Boolean({ description: 'No run of anybody starts.' }),
  paused_since: nullable(instant('When it was paused.')),
  note: nullable(Type.String({ description: 'Why, as whoever paused it told; null for nothing.' })),
});
export type HouseState = Static<typeof HouseState>;

export const PauseRequest = closed({
  note: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for those who find it paused.' })),
});
export type PauseRequest = Static<typeof PauseRequest>;
