import { expect, test } from 'vitest';
import { isFlat, memoryOf } from './memory.ts';
import { percentile, timesOf } from './percentile.ts';

test('a percentile is a value that was there', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0, 0.5, 0.99, 1].map(share => percentile(values, share))).toEqual([1, 50, 99, 100]);
  expect(timesOf([])).toEqual({ count: 0, p50: 0, p99: 0, max: 0 });
});

test('memory is flat up to 15 % and 32 MiB more in the last third than in the second', () => {
  const memory = memoryOf([10, 900, 10, 100, 100, 100, 147, 147, 147]);
  expect(memory).toEqual({ middle: 100, last: 147, most: 900 });
  expect(isFlat(memory)).toBe(true);
  expect(isFlat({ ...memory, last: 148 })).toBe(false);
});
