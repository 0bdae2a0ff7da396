import { expect, test } from 'vitest';
import { isSame } from '../../src/core/same.ts';

const rows: readonly (readonly [string, unknown, unknown, boolean])[] = [
  ['the same number', 1, 1, true],
  ['big integers', 1n, 1n, true],
  ['a number and its text', 1, '1', false],
  ['null and an empty object', null, {}, false],
  ['lists in order', [1, [2]], [1, [2]], true],
  ['lists in another order', [1, 2], [2, 1], false],
  ['a list and an object with its keys', ['a'], { 0: 'a' }, false],
  [
    'maps in another order',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
    true,
  ],
  ['maps with another value', new Map([['a', 1]]), new Map([['a', 2]]), false],
  ['a map and an object', new Map([['a', 1]]), { a: 1 }, false],
  ['sets', new Set(['a', 'b']), new Set(['b', 'a']), true],
  ['sets of other sizes', new Set(['a']), new Set(['a', 'b']), false],
  ['objects in another order', { a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }, true],
  ['an object with a key more', { a: 1 }, { a: 1, b: undefined }, false],
  ['a key that every object inherits', { constructor: 1 }, {}, false],
];
test.each(rows)('%s: %o and %o are the same: %s', (_what, a, b, expected) => {
  expect([isSame(a, b), isSame(b, a)]).toEqual([expected, expected]);
});
