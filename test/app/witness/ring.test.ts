import { expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { createRing } from '../../../src/app/witness/ring.ts';
import { stateOf } from '../../../src/app/witness/state.ts';
import { review, reviewBody } from '../../support/reviews.ts';

const ring = (most?: number) => createRing('one', HASHING.hash, most);

test('A ring tells by which state, which scale and which deletion each object is known again', () => {
  const kept = ring();
  for (const name of ['deployment-create', 'deployment-scale', 'networkpolicy-delete'])
    kept.note(review(`recorded/${name}`));
  const { object } = reviewBody('recorded/deployment-create').request;
  const { mark } = stateOf(object, HASHING.hash);
  expect(kept.since('', 0).entries.map(({ marks }) => marks)).toEqual([[mark, 'scale 1'], ['scale 3'], ['deleted']]);
});

test.each(['deployment-create-dry-run', 'pod-binding-create-labels', 'pod-eviction-create'])(
  'A ring keeps nothing of %s, which stores no object of its kind',
  name => {
    const kept = ring();
    kept.note(review(`recorded/${name}`));
    expect(kept.since('', 0).entries).toEqual([]);
  },
);

test('A ring tells what came after a position, and whether something before that is forgotten', () => {
  const kept = ring(3);
  const positions = (instance: string, position: number): object => {
    const { entries, hasGap, last } = kept.since(instance, position);
    return { positions: entries.map(one => one.position), hasGap, last };
  };
  expect(positions('', 0)).toEqual({ positions: [], hasGap: false, last: 0 });
  for (let count = 0; count < 3; count += 1) kept.note(review('recorded/service-create'));
  expect(positions('', 0)).toEqual({ positions: [1, 2, 3], hasGap: false, last: 3 });
  kept.note(review('recorded/service-create'));
  expect(positions('one', 3)).toEqual({ positions: [4], hasGap: false, last: 4 });
  expect(positions('one', 1)).toEqual({ positions: [2, 3, 4], hasGap: false, last: 4 });
  expect(positions('one', 0)).toEqual({ positions: [2, 3, 4], hasGap: true, last: 4 });
  // Of another process nobody knows what was read.
  expect(positions('other', 4)).toEqual({ positions: [2, 3, 4], hasGap: true, last: 4 });
  expect(positions('one', 99)).toEqual({ positions: [], hasGap: false, last: 4 });
});
