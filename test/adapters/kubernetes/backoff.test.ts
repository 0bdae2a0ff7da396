import { expect, test } from 'vitest';
import { createBackoff } from '../../../src/adapters/kubernetes/view/backoff.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const backoffBy = (chance: number) => createBackoff({ ...createFakeTime(), random: () => chance });

test.each([
  [0, [125, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]],
  [0.5, [187.5, 375, 750, 1_500, 3_000, 6_000, 7_500, 7_500]],
])(
  'by the chance %d the waits after failures are %j ms, and the first one again once something worked',
  (chance, waits) => {
    const backoff = backoffBy(chance);
    expect(waits.map(() => backoff.next())).toEqual(waits);
    backoff.reset();
    expect(backoff.next()).toBe(waits[0]);
  },
);

test.each([
  [124, 125],
  [126, 126],
  [60_000, 60_000],
])('asked to wait for %i ms, it waits for %i', (asked, waited) => {
  expect(backoffBy(0).next(asked)).toBe(waited);
});
