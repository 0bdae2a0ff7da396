import { describe, expect, test } from 'vitest';
import { decodeReview } from '../../../src/adapters/http/review.ts';
import { sketchOf } from '../../../src/adapters/http/sketch.ts';
import { reviewBody } from '../../support/reviews.ts';

const textOf = (name: string): string => JSON.stringify(reviewBody(name));

function sketch(text: string): number | undefined {
  const read = decodeReview(JSON.parse(text));
  if (read.kind === 'bad') throw new Error(read.message);
  return sketchOf(Buffer.from(text), read.review);
}

describe('a body has the same sketch', () => {
  const create = textOf('deployment-create');
  const update = textOf('deployment-update-replicas');
  const rows: readonly (readonly [where: string, one: string, other: string, isSame: boolean])[] = [
    ['as itself', create, create, true],
    ['with another uid of the review', create, create.replaceAll('705ab4f5-', 'f-'), true],
    ['with another uid of the new object', create, create.replaceAll('3f2c2a36-', 'f-'), true],
    ['with other times', create, create.replaceAll('2026-11-02T09:14:31Z', '2026-12-03T04:05:06Z'), true],
    ['of an update with another uid of the review', update, update.replaceAll('705ab4f5-', 'f-'), true],
    ['not with another name', create, create.replaceAll('weather', 'wether2'), false],
    ['not with another image', create, create.replaceAll('"image":"', '"image":"x'), false],
    ['not of an update with another number of replicas', update, update.replace('"replicas":', '"replicas":1'), false],
  ];
  test.each(rows)('%s', (_where, one, other, isSame) => {
    expect(sketch(one) === sketch(other)).toBe(isSame);
  });

  test('where uids hold characters of several bytes', () => {
    expect(sketch(create.replaceAll('705ab4f5-', 'ü-'))).toBe(sketch(create.replaceAll('705ab4f5-', '語-')));
  });

  test('not where a Pod is created, which differs in its name from those that are known as one with it', () => {
    expect(sketch(textOf('pod-create'))).toBeUndefined();
  });
});
