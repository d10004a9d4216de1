import { expect, it } from 'vitest';
import { checkInput } from './tool-input.ts';

const spec = (properties: object) => ({
  name: 'a_tool',
  description: '',
  inputSchema: { type: 'object', properties, additionalProperties: false } as never,
});

it('says which argument is wrong, all of them at once', () => {
  const problem = checkInput(spec({ count: { type: 'integer' }, name: { type: 'string', pattern: '^[a-z]+$' } }), {
    count: 'many',
    name: 'A1',
    more: true,
  });
  expect(problem).toContain('/count must be integer');
  expect(problem).toContain('/name must match pattern');
  expect(problem).toContain('("more")');
});

it('a pattern of a hostile server cannot stop the house', () => {
  const hostile = spec({ text: { type: 'string', pattern: '^(a+)+$' } });
  const startedAt = performance.now();
  expect(checkInput(hostile, { text: `${'a'.repeat(40)}!` })).toBeUndefined();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
