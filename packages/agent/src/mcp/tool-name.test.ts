import { expect, it } from 'vitest';
import { offeredNames } from './tool-name.ts';

const longServer = 's'.repeat(40);

it('a name is what a model takes, and as near to the server’s own as that allows', () => {
  expect(offeredNames('git-hub', ['create_issue', 'a.b/c d', 'größe'])).toEqual(
    new Map([
      ['create_issue', 'mcp__git-hub__create_issue'],
      ['a.b/c d', 'mcp__git-hub__a_b_c_d'],
      ['größe', 'mcp__git-hub__gr__e'],
    ]),
  );
});

it('a name that is clipped or shared ends in a hash, the same in whatever order the tools come', () => {
  const names = ['x.y', 'x_y', 'x y', `${'n'.repeat(30)}1`, `${'n'.repeat(30)}2`];
  const offered = offeredNames(longServer, names);
  expect(offered.get('x_y')).toBe(`mcp__${longServer}__x_y`);
  expect(offered.get('x.y')).toMatch(/__x_y_[0-9a-f]{8}$/);
  expect(new Set(offered.values()).size).toBe(names.length);
  for (const name of offered.values()) expect(name).toMatch(/^mcp__s{40}__[A-Za-z0-9_-]{1,17}$/);
  const reversed = offeredNames(longServer, names.toReversed());
  for (const name of names) expect(reversed.get(name)).toBe(offered.get(name));
});

it('no tool can take the name that another one got', () => {
  const taken = offeredNames('s', ['a.b', 'a b']).get('a.b')?.replace('mcp__s__', '') ?? '';
  expect(new Set(offeredNames('s', ['a.b', 'a b', taken]).values()).size).toBe(3);
});
