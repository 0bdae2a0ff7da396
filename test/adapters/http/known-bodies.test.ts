import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKnownBodies, type KnownBodies } from '../../../src/adapters/http/known-bodies.ts';
import { decodeReview } from '../../../src/adapters/http/review.ts';
import { objectsOf } from '../../../src/app/admission/read-change.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import { closingPolicy, deployment, gate, namespace, reviewBody, testPolicy, worldOf } from '../../support/reviews.ts';

const NAMES = ['deployment-create', 'deployment-update-replicas', 'networkpolicy-delete', 'pod-create'];
const bytesOf = (name: string): Buffer => Buffer.from(JSON.stringify(reviewBody(name)));

function decoded(bytes: Buffer): Review {
  const read = decodeReview(JSON.parse(bytes.toString()), bytes.length);
  if (read.kind === 'bad') throw new Error(read.message);
  return read.review;
}

/** Bodies of which this one came twice. */
function knowing(bytes: Buffer, kept: object = {}): KnownBodies {
  const bodies = createKnownBodies();
  for (let time = 0; time < 2; time += 1) bodies.remembering(bytes, decoded(bytes)).keep?.(kept);
  return bodies;
}

/** What a review says, its objects among it. */
const said = (review: Review): unknown => {
  const { uid, operation, kind, resource, subResource, namespace: space, name, user, dryRun, bytes } = review;
  const { object, oldObject } = review;
  return { uid, operation, kind, resource, subResource, space, name, user, dryRun, bytes, object, oldObject };
};

/** The body with one text in place of another one, wherever that stands. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  const text = bytes.toString().replaceAll(from, to);
  if (bytes.equals(Buffer.from(text))) throw new Error(`there is no ${from}`);
  return Buffer.from(text);
}

describe('a body is known again', () => {
  const create = bytesOf('deployment-create');
  const update = bytesOf('deployment-update-replicas');
  const rows: readonly (readonly [where: string, known: Buffer, other: Buffer, isKnown: boolean])[] = [
    ['that is the same', create, create, true],
    ['with another uid of the review', create, replaced(create, '705ab4f5-', 'ffffffff-'), true],
    ['with another uid of the new object', create, replaced(create, '3f2c2a36-', 'ffffffff-'), true],
    ['with other times', create, replaced(create, '2026-11-02T09:14:31Z', '2026-12-03T04:05:06Z'), true],
    ['not with a quote in what is not read', create, replaced(create, '705ab4f5-', '705ab","a'), false],
    ['not with an escape in what is not read', create, replaced(create, '705ab4f5-', '705ab4\\tx'), false],
    ['not with another name', create, replaced(create, 'weather', 'wether2'), false],
    ['not with another length', create, Buffer.from(`${create} `), false],
    ['not with another uid of an object that was there', update, replaced(update, '3f2c2a36-', 'ffffffff-'), false],
  ];
  test.each(rows)('%s', (_where, known, other, isKnown) => {
    const found = knowing(known).find(other);
    expect(found !== undefined).toBe(isKnown);
    if (found !== undefined) expect(said(found)).toEqual(said(decoded(other)));
  });

  test('whatever byte is another one, it is read as it is, or says the same', () => {
    const bodies = NAMES.map(name => ({ bytes: bytesOf(name), known: knowing(bytesOf(name)) }));
    const changeOf = fc.tuple(fc.constantFrom(...bodies), fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(changeOf, ([{ bytes, known }, at, byte]) => {
        const other = Buffer.from(bytes);
        other[at % bytes.length] = byte;
        const found = known.find(other);
        if (found === undefined) return;
        expect(said(found)).toEqual(said(decoded(other)));
        expect(objectsOf(found)).toEqual(objectsOf(decoded(bytes)));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a body is remembered', () => {
  const bytes = bytesOf('deployment-create');

  test('with what was kept for it, from the second time on', () => {
    const [bodies, kept] = [createKnownBodies(), {}];
    const keep = () => bodies.remembering(bytes, decoded(bytes)).keep?.(kept);
    keep();
    expect(bodies.find(bytes)).toBeUndefined();
    keep();
    expect(bodies.find(bytes)?.kept).toBe(kept);
  });

  test('not where it is large', () => {
    const large = Buffer.concat([bytes, Buffer.alloc(64 * 1024, ' ')]);
    expect(knowing(large).find(large)).toBeUndefined();
  });

  test('for as long as no more others are than are remembered', () => {
    const bodies = knowing(bytes);
    for (let index = 0; index < 1_000; index += 1) {
      const other = replaced(bytes, '"name":"weather"', `"name":"w-${String(index).padStart(5, '0')}"`);
      for (let time = 0; time < 2; time += 1) bodies.remembering(other, decoded(other)).keep?.({});
    }
    expect(bodies.find(bytes)).toBeUndefined();
  });

  test('and one that changes all the time is not written down each time', () => {
    const bodies = createKnownBodies();
    const others = Array.from({ length: 9 }, (_, index) =>
      replaced(bytes, '"containerPort":8080', `"containerPort":909${index}`),
    );
    const keep = (other: Buffer) => bodies.remembering(other, decoded(other)).keep?.({});
    for (const other of others) keep(other);
    expect(others.map(other => bodies.find(other) !== undefined).lastIndexOf(true)).toBe(3);
  });
});

test('a gate answers what is known by its body as it answers what is read', async () => {
  const world = worldOf(namespace(), deployment(), closingPolicy());
  for (const name of NAMES) {
    const [bodies, bytes] = [createKnownBodies(), bytesOf(name)];
    const { validate, bugs } = gate(testPolicy(), world);
    const ask = () => validate(bodies.find(bytes) ?? bodies.remembering(bytes, decoded(bytes)), 60_000);
    const first = await ask();
    for (let time = 0; time < 5; time += 1) expect(await ask()).toEqual(first);
    expect(bodies.find(bytes)?.kept).toBeDefined();
    expect(bugs).toEqual([]);
  }
});
