import { expect, it, test } from 'vitest';
import { reviewSet } from '../../bench/reviews.ts';
import { decodeReview } from '../../src/adapters/http/review.ts';

it.each(reviewSet(1).kinds.map(kind => [kind.name, kind] as const))(
  '%s: 64 bodies that are all reviews, no two alike',
  (_, kind) => {
    expect(new Set(kind.bodies).size).toBe(64);
    for (const body of kind.bodies) expect(decodeReview(JSON.parse(body)).kind).toBe('review');
  },
);

test('The same seed gives the same set, and another one another set', () => {
  expect(reviewSet(2)).toEqual(reviewSet(2));
  expect(reviewSet(2)).not.toEqual(reviewSet(3));
});
