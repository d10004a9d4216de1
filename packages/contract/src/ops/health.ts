import Type, { type Static } from 'typebox';
import { stringEnum } from '../shapes.ts';

export const Health = Type.Object({
  status: stringEnum(['ok', 'error'], 'Whether requests can be served.'),
  version: Type.String(),
  uptime: Type.Integer({ description: 'Seconds.' }),
  db: stringEnum(['connected', 'error'], 'The database.'),
  redis: stringEnum(['connected', 'disconnected', 'not_configured', 'error'], 'Redis, when configured.'),
});
export type Health = Static<typeof Health>;

export const Version = Type.Object({
  name: Type.String(),
  version: Type.String(),
  uptime: Type.Integer({ description: 'Seconds.' }),
});
export type Version = Static<typeof Version>;
