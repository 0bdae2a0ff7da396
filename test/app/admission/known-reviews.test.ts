import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createKnownReviews, KnownReview } from '../../../src/app/admission/known-reviews.ts';
import type { ReviewRecord } from '../../../src/app/admission/ports.ts';
import type { AdmissionResponse, Review } from '../../../src/app/admission/review.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { World } from '../../../src/core/world/world.ts';
import {
  closingPolicy,
  decodeAll,
  deployment,
  gate,
  namespace,
  review,
  reviewBody,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';
import { again, Cluster, known, POLICIES, REVIEWS, type Step, stepOf } from './changing-cluster.ts';

// ---- the same answers -----------------------------------------------------------------------------------------------

/** What is said of a review, and noted of it. */
type Said = readonly [AdmissionResponse, Omit<ReviewRecord, 'durationMs'> | undefined];

async function said(one: ReturnType<typeof gate>, asked: Review): Promise<Said> {
  const response = await one.validate(asked, 60_000);
  const { durationMs: _, ...record } = one.records.at(-1) ?? ({} as ReviewRecord);
  return [response, record];
}

/** `sketches`: how many sketches all reviews share; 0: they have none. */
async function answers(steps: readonly Step[], sketches: number): Promise<void> {
  const cluster = new Cluster();
  for (const object of [0, 1, 2, 4]) cluster.put(object, 0);
  let policy = POLICIES[0] ?? testPolicy();
  const ports = { world: () => ({ kind: 'ready', world: cluster.world() }) as const, policy: () => policy };
  const remembering = gate(policy, cluster.world(), undefined, ports);
  for (const step of steps) {
    if ('object' in step) cluster.put(step.object, step.state);
    if ('policy' in step) policy = POLICIES[step.policy] ?? policy;
    const asked = 'review' in step ? REVIEWS[step.review] : undefined;
    if (asked === undefined) continue;
    const afresh = gate(policy, cluster.world(), undefined, ports);
    const { bytes: _, ...unknown } = asked;
    const sketch = sketches > 0 && 'review' in step && { sketch: step.review % sketches };
    expect(await said(remembering, { ...asked, ...sketch })).toEqual(await said(afresh, unknown));
    expect(remembering.bugs).toEqual([]);
  }
}

describe('a gate that remembers reviews', () => {
  test('answers whatever happens as one that has never been asked anything', async () => {
    await fc.assert(fc.asyncProperty(fc.array(stepOf, { minLength: 20, maxLength: 60 }), fc.nat({ max: 3 }), answers), {
      numRuns: 40,
    });
  });
});

// ---- what is remembered ---------------------------------------------------------------------------------------------

describe('two reviews are one where they say the same', () => {
  const base = 'deployment-create';
  const object: Fields = reviewBody(base).request.object;
  const rows: readonly (readonly [what: string, other: Review, isSame: boolean])[] = [
    ['itself', known(base), true],
    ['another uid of the review', known(base, { uid: 'another' }), true],
    ['another uid of the new object', again(base, { uid: 'another' }), true],
    ['another time of its creation', again(base, { creationTimestamp: '2026-01-01T00:00:00Z' }), true],
    ['other managers of its fields', again(base, { managedFields: [] }), true],
    ['another name', again(base, { name: 'other' }), false],
    ['another label', again(base, { labels: { other: '' } }), false],
    ['another spec', known(base, { object: { ...object, spec: {} } }), false],
    ['another user', known(base, {}, { user: { username: 'bob', groups: [] } }), false],
    ['a dry run', known(base, { dryRun: true }), false],
    ['another name of the request', known(base, { name: 'other' }), false],
    ['another uid of an old object', known('deployment-update-replicas'), false],
    ['a large body', known(base, {}, { bytes: 64 * 1024 + 1 }), false],
    ['a body of unknown length', review(base), false],
  ];
  test.each(rows)('%s', async (_what, other, isSame) => {
    const reviews = createKnownReviews(createDecoder());
    await reviews.of(known(base));
    const second = await reviews.of(known(base));
    expect(second.known).toBeDefined();
    expect((await reviews.of(other)).known === second.known).toBe(isSame);
  });

  test('what comes once is not remembered', async () => {
    expect((await createKnownReviews(createDecoder()).of(known(base))).known).toBeUndefined();
  });

  test('its text is not looked for before its like was there', async () => {
    const reviews = createKnownReviews(createDecoder());
    const isKnown = async (sketch: number): Promise<boolean> =>
      (await reviews.of(known(base, {}, { sketch }))).known !== undefined;
    // Remembered by a sketch, and known by whatever sketch was there.
    expect([await isKnown(1), await isKnown(1), await isKnown(2), await isKnown(2)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  test('another one of the same sketch is not taken for it', async () => {
    const reviews = createKnownReviews(createDecoder());
    const asked = known(base, {}, { sketch: 1 });
    await reviews.of(asked);
    const { known: first } = await reviews.of(asked);
    const { known: other } = await reviews.of({ ...known(base, { name: 'other' }), sketch: 1 });
    expect(other).not.toBe(first);
    expect((await reviews.of(asked)).known).toBe(first);
  });

  test('what JSON cannot tell is not remembered', async () => {
    const reviews = createKnownReviews(createDecoder());
    const infinite = known(base, { object: { ...object, spec: JSON.parse('{"replicas": 1e999}') } });
    await reviews.of(infinite);
    expect((await reviews.of(infinite)).known).toBeUndefined();
  });

  test('what is nested deep is read as any other', async () => {
    const reviews = createKnownReviews(createDecoder());
    const deep = known(base, {
      object: { ...object, status: JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) },
    });
    expect([await reviews.of(deep), await reviews.of(deep)].map(({ read }) => read.kind)).toEqual(['change', 'change']);
  });

  test('the oldest are forgotten beyond a number, and beyond a length of all', async () => {
    const reviews = createKnownReviews(createDecoder());
    const knownOf = async (index: number, long = ''): Promise<KnownReview | undefined> => {
      const metadata = { name: `server-${index}`, annotations: { long } };
      return (await reviews.of(known(base, { object: { ...object, metadata } }))).known;
    };
    const twice = async (index: number, long = ''): Promise<KnownReview | undefined> => {
      expect(await knownOf(index, long)).toBeUndefined();
      return knownOf(index, long);
    };
    const [first, second] = [await twice(0), await twice(1)];
    for (let index = 2; index <= 2_000; index += 1) await twice(index);
    // A later one takes the place of the first; the first, as it comes again, that of the second.
    expect(await knownOf(1)).toBe(second);
    expect(await knownOf(0)).not.toBe(first);
    expect(await knownOf(1)).not.toBe(second);
    const last = await knownOf(1_990);
    for (let index = 0; index < 90; index += 1) await twice(index, 'x'.repeat(50_000));
    expect(await knownOf(1_990)).not.toBe(last);
  });

  test('a sighting is forgotten after many others', async () => {
    const reviews = createKnownReviews(createDecoder());
    const isKnown = async (sketch: number): Promise<boolean> =>
      (await reviews.of({ ...known(base, { name: `of-${sketch}` }), sketch })).known !== undefined;
    for (let sketch = 0; sketch <= 20_000; sketch += 1) await isKnown(sketch);
    expect([await isKnown(10_001), await isKnown(0)]).toEqual([true, false]);
  });

  test('the object that is known is read without its uid', async () => {
    const { read } = await createKnownReviews(createDecoder()).of(known(base));
    expect(read.kind === 'change' && read.change.after?.meta.uid).toBe('');
  });
});

describe('a change is judged again', () => {
  const CHANGE = { after: decodeAll([deployment()])[0] };
  const change = CHANGE.after === undefined ? {} : { after: CHANGE.after };
  const judge = createJudge(testPolicy());
  const world = worldOf(namespace(), deployment(), closingPolicy());

  const timesJudged = async (...more: readonly Partial<Parameters<KnownReview['judged']>>[]): Promise<number> => {
    const one = new KnownReview({ kind: 'change', change });
    const make = vi.fn(async (seen: World) => (seen.namespace('prod').policies.size > 0 ? [] : []));
    await one.judged(judge, world, change, make);
    for (const [otherJudge = judge, otherWorld = world, otherChange = change] of more)
      await one.judged(otherJudge, otherWorld, otherChange, make);
    return make.mock.calls.length;
  };
  const rows: readonly (readonly [what: string, more: Partial<Parameters<KnownReview['judged']>>, times: number])[] = [
    ['in no world that answers the same', [judge, { ...world, nodes: [] }], 1],
    ['in a world that answers otherwise', [judge, worldOf(namespace())], 2],
    ['by another judge', [createJudge(testPolicy())], 2],
    ['where it is another change', [judge, world, {}], 2],
  ];
  test.each(rows)('%s', async (_what, more, times) => {
    expect(await timesJudged(more)).toBe(times);
  });

  test('where there was no judgement', async () => {
    const one = new KnownReview({ kind: 'change', change });
    const make = vi.fn(async (): Promise<'late'> => 'late');
    expect([await one.judged(judge, world, change, make), await one.judged(judge, world, change, make)]).toEqual([
      'late',
      'late',
    ]);
    expect(make).toHaveBeenCalledTimes(2);
  });
});
