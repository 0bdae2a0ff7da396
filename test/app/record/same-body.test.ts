import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createKnownBodies } from '../../../src/adapters/http/known-bodies.ts';
import { decodeReview } from '../../../src/adapters/http/review.ts';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { Decided } from '../../../src/app/admission/ports.ts';
import type { UnreadTexts } from '../../../src/app/admission/review.ts';
import { createKnownLines } from '../../../src/app/record/known-lines.ts';
import { lineTexts } from '../../../src/app/record/objects-part.ts';
import { type LineParts, partsOf } from '../../../src/app/record/review-line.ts';
import { gate, reviewBody, testPolicy } from '../../support/reviews.ts';
import { CLOSED } from './recorded.ts';

type Json = Record<string, unknown>;

interface Change {
  readonly object: UnreadTexts;
  readonly oldObject: UnreadTexts;
  /** What kubectl applied: of it a line tells nothing, and of bodies of another length nobody says that they are the same. */
  readonly copy: string;
}

interface Kind {
  readonly recorded: string;
  /** Of another object, which may be the one that this object has. */
  readonly ownerUid: string | undefined;
  readonly isHarmless: boolean;
}

/** A body of a recorded review with these texts in its objects. */
function bodyOf({ recorded, ownerUid, isHarmless }: Kind, uid: string, { object, oldObject, copy }: Change): Buffer {
  const body = JSON.parse(JSON.stringify(reviewBody(recorded))) as { request: Json };
  const { request } = body;
  const owner = ownerUid === undefined ? {} : { ownerReferences: [{ kind: 'Other', name: 'one', uid: ownerUid }] };
  const harmless = isHarmless ? { labels: {}, name: 'web' } : {};
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': copy };
  const withTexts = (from: unknown, texts: UnreadTexts): unknown => {
    if (typeof from !== 'object' || from === null) return from;
    const { metadata } = from as { metadata: Json };
    return { ...from, metadata: { ...metadata, annotations, ...harmless, ...texts, ...owner } };
  };
  const objects = { object: withTexts(request.object, object), oldObject: withTexts(request.oldObject, oldObject) };
  Object.assign(request, { uid, ...objects });
  return Buffer.from(JSON.stringify(body));
}

/** Of one length: of bodies of another one nobody says that they are the same. */
const LENGTH = 40;
const SHAPES = ['AKIAIOSFODNN7EXAMPLE', 'password=hunter2 ', 'ghp_0123456789abcdefghijABCDEFGHIJ012345', "<&>'", '{"'];
const textOf = fc
  .oneof(fc.constantFrom(...SHAPES), fc.string({ maxLength: LENGTH }), fc.stringMatching(/^[\da-f-]{36}$/))
  .map(text => text.padEnd(LENGTH, 'x').slice(0, LENGTH));
const textsOf = fc.record({ uid: textOf, creationTimestamp: textOf });
const COPIES = ['{"one":1}', ''];
const changeOf = fc.record({ object: textsOf, oldObject: textsOf, copy: fc.constantFrom(...COPIES) });

interface Asked extends Pick<Kind, 'recorded' | 'isHarmless'> {
  readonly changes: readonly (Change & { readonly object: Required<UnreadTexts> })[];
  /** The owner has the uid of the first object. */
  readonly isTwice: boolean;
}

/** Asks all of them, one after the other. Returns how many texts were parsed while the last one was answered. */
async function askAll(bodies: readonly Buffer[], tell: (decided: Decided) => void): Promise<number> {
  const known = createKnownBodies();
  const decided = async (one: Decided): Promise<Decided['result']['response']> => {
    tell(one);
    return one.result.response;
  };
  const recorder = { decided, observed: async () => undefined };
  const { validate } = gate(testPolicy(), CLOSED, undefined, { recorder });
  let parsed = 0;
  for (const bytes of bodies) {
    const read = decodeReview(JSON.parse(bytes.toString()), bytes.length);
    if (read.kind === 'bad') throw new Error(read.message);
    const parse = vi.spyOn(JSON, 'parse');
    await validate(known.find(bytes) ?? known.remembering(bytes, read.review), 60_000);
    parsed = parse.mock.calls.length;
    parse.mockRestore();
  }
  return parsed;
}

const RECORDED = [
  'deployment-create',
  'networkpolicy-create',
  'pod-create',
  'deployment-update-relabelled',
  'networkpolicy-update-except-removed',
];

describe('the line of a review whose body is the same but for what is not read', () => {
  test('is the one that is made of its objects', async () => {
    const asked = fc.record({
      recorded: fc.constantFrom(...RECORDED),
      changes: fc.array(changeOf, { minLength: 2, maxLength: 8 }),
      isTwice: fc.boolean(),
      isHarmless: fc.boolean(),
    });
    const tell = async ({ recorded, changes, isTwice, isHarmless }: Asked): Promise<void> => {
      const [first] = changes;
      if (first === undefined) return;
      const { object } = first;
      // The uid of what was there before is read.
      const others = recorded.includes('update')
        ? changes.map(one => ({
            ...one,
            object: { ...one.object, uid: object.uid },
            oldObject: { ...one.oldObject, uid: object.uid },
          }))
        : changes;
      const kind = { recorded, ownerUid: isTwice ? object.uid : undefined, isHarmless };
      const known = COPIES.map(copy => ({ ...(others[0] ?? first), copy }));
      const bodies = [...known, ...known, ...known, ...known, ...others].map((change, index) =>
        bodyOf(kind, `r-${10 + index}`, change),
      );
      const lines = createKnownLines(lineTexts(HASHING));
      const [told, afresh]: [LineParts[], LineParts[]] = [[], []];
      await askAll(bodies, one => {
        told.push(lines(one, CLOSED));
        afresh.push(partsOf(one, CLOSED, lineTexts(HASHING)));
      });
      expect(told).toEqual(afresh);
      expect(told).toHaveLength(bodies.length);
    };
    await fc.assert(fc.asyncProperty(asked, tell), { numRuns: 150 });
  });

  test.each<[what: string, isHarmless: boolean]>([
    ['a server', false],
    ['what is no server', true],
  ])('reads nothing of its objects: %s', async (_what, isHarmless) => {
    const bodies = [0, 1, 2, 3, 4, 5].map(index => {
      const object = { uid: `uid-${index}`, creationTimestamp: `2026-01-01T00:00:0${index}Z` };
      return bodyOf({ recorded: 'deployment-create', ownerUid: undefined, isHarmless }, `r-${index}`, {
        object,
        oldObject: {},
        copy: '',
      });
    });
    const lines = createKnownLines(lineTexts(HASHING));
    const uids: unknown[] = [];
    const parsed = await askAll(bodies, one => uids.push(lines(one, CLOSED).about.uid));
    expect([parsed, uids]).toEqual([0, ['uid-0', 'uid-1', 'uid-2', 'uid-3', 'uid-4', 'uid-5']]);
  });

  test('nor where two write the same otherwise, in turns', async () => {
    const bodies = Array.from({ length: 14 }, (_, index) => {
      const object = { uid: `uid-${10 + index}`, creationTimestamp: '2026-01-01T00:00:00Z' };
      const copy = index % 2 === 0 ? '' : '{"written":"otherwise"}';
      const kind = { recorded: 'deployment-create', ownerUid: undefined, isHarmless: false };
      return bodyOf(kind, `r-${10 + index}`, { object, oldObject: {}, copy });
    });
    const lines = createKnownLines(lineTexts(HASHING));
    const snapshots: unknown[] = [];
    const tell = (one: Decided): void => {
      snapshots.push(JSON.parse(lines(one, CLOSED).objects.members.get('snapshot') ?? '').metadata.uid);
    };
    const parsed = await askAll(bodies, one => lines(one, CLOSED));
    await askAll(bodies, tell);
    expect([parsed, snapshots]).toEqual([0, bodies.map((_, index) => `uid-${10 + index}`)]);
  });
});
