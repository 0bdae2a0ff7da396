import { expect, test } from 'vitest';
import { createConcurrencyLimit } from '../../../src/adapters/kubernetes/view/concurrency-limit.ts';

test.each([1, 2, 3])('of five pieces of work, %i run at the same time, in the order of asking', async count => {
  const limit = createConcurrencyLimit(count);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const works = Array.from({ length: 5 }, (_, index) =>
    limit(async () => {
      begun.push(index);
      await new Promise<void>(resolve => ends.push(resolve));
      return index;
    }),
  );
  for (let ended = 0; ended < 5; ended += 1) {
    await new Promise(resolve => setImmediate(resolve));
    expect(begun).toEqual([0, 1, 2, 3, 4].slice(0, Math.min(5, count + ended)));
    ends[ended]?.();
  }
  expect(await Promise.all(works)).toEqual([0, 1, 2, 3, 4]);
});

test('work that fails makes room for the next', async () => {
  const limit = createConcurrencyLimit(1);
  await expect(limit(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await limit(async () => 7)).toBe(7);
});
