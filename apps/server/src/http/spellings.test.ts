import Type from 'typebox';
import { expect, it } from 'vitest';
import { renameSpellings } from './spellings.ts';

const schema = Type.Object({
  agent_name: Type.String(),
  publicKey: Type.Optional(Type.String()),
  permissions: Type.Array(Type.Object({ agent_name: Type.String() })),
  both_ways: Type.Optional(Type.String()),
  bothWays: Type.Optional(Type.String()),
  env: Type.Record(Type.String(), Type.String()),
});

it.each([
  [{ agentName: 'a' }, { agent_name: 'a' }],
  [{ public_key: 'k' }, { publicKey: 'k' }],
  [
    { permissions: [{ agentName: 'a' }, { agent_name: 'b' }] },
    { permissions: [{ agent_name: 'a' }, { agent_name: 'b' }] },
  ],
  // Never over what stands there.
  [
    { agent_name: 'a', agentName: 'b' },
    { agent_name: 'a', agentName: 'b' },
  ],
  [
    { both_ways: 'a', bothWays: 'b' },
    { both_ways: 'a', bothWays: 'b' },
  ],
  // Names of others are theirs.
  [{ env: { agentName: 'a', public_key: 'b' } }, { env: { agentName: 'a', public_key: 'b' } }],
  [{ whatever_else: 1, __proto__: { agentName: 'x' } }, { whatever_else: 1 }],
  [
    [1, null, 'agentName'],
    [1, null, 'agentName'],
  ],
  [null, null],
])('%j is read as %j', (sent, read) => {
  renameSpellings(schema, sent);
  expect(sent).toEqual(read);
});
