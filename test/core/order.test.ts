import { expect, test } from 'vitest';
import { byKey, byName, compare } from '../../src/core/order.ts';

test.each([
  ['a', 'b', -1],
  ['b', 'a', 1],
  ['a', 'a', 0],
  ['B', 'a', -1],
  ['ä', 'z', 1],
  ['a', 'a-b', -1],
])('%s is compared with %s by its code units', (a, b, expected) => {
  expect(compare(a, b)).toBe(expected);
});

test('large numbers are compared as numbers', () => {
  expect([compare(2n, 10n), compare(10n, 2n), compare(2n ** 64n, 2n ** 64n)]).toEqual([-1, 1, 0]);
});

test('entries are sorted by their keys, and those of the same name stay in their order', () => {
  expect(Object.entries({ b: 1, c: 3, a: 2 }).sort(byKey)).toEqual([
    ['a', 2],
    ['b', 1],
    ['c', 3],
  ]);
  const named = (name: string, kind: string) => ({ meta: { name }, kind });
  expect([named('b', 'x'), named('a', 'y'), named('b', 'z')].sort(byName).map(({ kind }) => kind)).toEqual([
    'y',
    'x',
    'z',
  ]);
});
