import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  has,
  type Interval,
  type Intervals,
  intersect,
  isSubset,
  normalize,
  subtract,
  union,
} from '../../../src/core/net/intervals.ts';

/** The whole universe of the brute-force check: 0 to 63. */
const UNIVERSE = Array.from({ length: 64 }, (_, index) => BigInt(index));

const interval = fc
  .tuple(fc.bigInt(0n, 63n), fc.bigInt(0n, 63n))
  .map(([a, b]): Interval => (a <= b ? { first: a, last: b } : { first: b, last: a }));
const rawIntervals = fc.array(interval, { maxLength: 8 });
const intervals = rawIntervals.map(normalize);

const members = (set: readonly Interval[]): readonly bigint[] =>
  UNIVERSE.filter(value => set.some(({ first, last }) => first <= value && value <= last));

function isCanonical(set: Intervals): boolean {
  return set.every(({ first, last }, index) => {
    const next = set[index + 1];
    return first <= last && (next === undefined || last + 1n < next.first);
  });
}

describe('interval sets against a brute force over 64 integers', () => {
  it('normalize keeps the members and gives the canonical form', () => {
    fc.assert(
      fc.property(rawIntervals, raw => {
        expect(members(normalize(raw))).toEqual(members(raw));
        expect(isCanonical(normalize(raw))).toBe(true);
      }),
    );
  });

  const operations = [
    ['union', union, (inA: boolean, inB: boolean) => inA || inB],
    ['intersect', intersect, (inA: boolean, inB: boolean) => inA && inB],
    ['subtract', subtract, (inA: boolean, inB: boolean) => inA && !inB],
  ] as const;

  it.each(operations)('%s has exactly the members that it should', (_name, operation, expected) => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const result = operation(a, b);
        const wanted = UNIVERSE.filter(value => expected(members(a).includes(value), members(b).includes(value)));
        expect(members(result)).toEqual(wanted);
        expect(isCanonical(result)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('has and isSubset agree with membership', () => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        for (const value of UNIVERSE) expect(has(a, value)).toBe(members(a).includes(value));
        expect(isSubset(a, b)).toBe(members(a).every(value => members(b).includes(value)));
      }),
    );
  });
});
