import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeReview } from '../../../src/adapters/http/review.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import { gate, testPolicy, worldOf } from '../../support/reviews.ts';

/** What a real API server sent: test/control-plane/recording/record-reviews.ts writes these. */
const FOLDER = new URL('../../fixtures/reviews/recorded/', import.meta.url);

const DEADLINE_MS = 1000;

const reviews: ReadonlyMap<string, Review> = new Map(
  readdirSync(FOLDER).map(file => {
    const decoded = decodeReview(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));
    if (decoded.kind === 'bad') throw new Error(`${file}: ${decoded.message}`);
    return [file.replace('.json', ''), decoded.review];
  }),
);

const names = (suffix: string): readonly string[] => [...reviews.keys()].filter(name => name.endsWith(suffix));
const facts = (suffix: string, fact: (review: Review) => unknown): readonly unknown[] => [
  ...new Set(names(suffix).map(name => fact(reviews.get(name) as Review))),
];

test('every recorded review is answered without an error of ours, in both phases', async () => {
  const { validate, mutate, bugs } = gate(testPolicy(), worldOf());
  for (const [name, review] of reviews) {
    const { code } = name.endsWith('-mutating-phase')
      ? await mutate(review, DEADLINE_MS)
      : await validate(review, DEADLINE_MS);
    // A Binding brings labels to a Pod that this world does not hold: it is to be asked again.
    const expected = name === 'pod-binding-create-labels' ? [503] : [200, 403];
    expect([name, code]).toEqual([name, expect.toBeOneOf(expected)]);
  }
  expect(bugs).toEqual([]);
});

test('a review of deletecollection has no name, and the object that goes is the old one', () => {
  expect(names('-deletecollection').length).toBeGreaterThan(10);
  expect(facts('-deletecollection', review => review.name)).toEqual(['']);
  expect(facts('-deletecollection', review => review.object)).toEqual([undefined]);
  expect(facts('-deletecollection', review => typeof review.oldObject)).toEqual(['object']);
});

test('a namespace that goes takes its objects by deletecollection, as its controller', () => {
  const controller = 'system:serviceaccount:kube-system:namespace-controller';
  expect(facts('-delete-with-namespace', review => review.user.username)).toEqual([controller]);
  expect(facts('-delete-with-namespace', review => review.name)).toEqual(['']);
});

test('dry runs say that they are', () => {
  expect(facts('-dry-run', review => review.dryRun)).toEqual([true]);
});

test('a review of a scale has a Scale as its object, which bears no pod template', () => {
  expect(facts('-scale', review => review.subResource)).toEqual(['scale']);
  expect(facts('-scale', review => review.kind.kind)).toEqual(['Scale']);
});
