import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeReview, encodeResponse } from '../../../src/adapters/http/review.ts';
import {
  type Body,
  closingPolicy,
  deployment,
  gate,
  namespace,
  openingPolicy,
  reviewBody,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';
import { testServer } from '../../support/serving.ts';

const MINUTE = 60_000;

/** Paths of every value inside a body. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

/** A copy of the body with the value at the path replaced, or taken out where `value` is undefined. */
function replaced(body: Body, path: readonly string[], value: unknown): Body {
  const copy = structuredClone(body);
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = path.slice(0, -1).reduce((holder, key) => holder[key], copy);
  if (value === undefined) delete parent[last];
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

const names = fc.constantFrom(
  'pod-create',
  'deployment-create',
  'networkpolicy-create-reopening',
  'pod-update-gate-removed',
  'service-create-nodeport',
);
const junk = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e21,
    true,
    [],
    {},
    [null],
    [[]],
    'constructor',
    JSON.parse('{"__proto__": {"x": 1}}'),
  ),
  fc.jsonValue(),
);

test('whatever stands in a review, the answer is one of a gate that has not failed', async () => {
  const world = worldOf(namespace(), deployment(), closingPolicy());
  const answers = { allowed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(names, fc.nat(), junk, async (name, pick, value) => {
      const body = reviewBody(name);
      const paths = pathsOf(body);
      const decoded = decodeReview(replaced(body, paths[pick % paths.length] ?? [], value));
      if (decoded.kind === 'bad') return;
      const { validate, mutate, bugs } = gate(testPolicy({ absentPolicy: 'create' }), world);
      const outcomes = [await validate(decoded.review, MINUTE), await mutate(decoded.review, MINUTE)];
      for (const outcome of outcomes) {
        expect(JSON.parse(encodeResponse('u', outcome)).response.uid).toBe('u');
        answers[outcome.allowed ? 'allowed' : 'refused'] += 1;
      }
      expect(bugs).toEqual([]);
    }),
    { numRuns: 700 },
  );
  // Most edits leave a review that is judged; a gate that reads none, or answers all alike, shows nothing here.
  expect(answers.allowed).toBeGreaterThan(300);
  expect(answers.refused).toBeGreaterThan(50);
});

test('whatever is changed beside what makes a server, an open one is never allowed in enforce mode', async () => {
  const world = worldOf(namespace(), deployment(), closingPolicy(), openingPolicy());
  // What says that it is a server, which policies select it, and who asks is left alone; everything else may be anything.
  const isKept = (path: readonly string[]): boolean => {
    const text = path.join('.');
    return ['labels', 'userInfo', 'operation', 'oldObject'].some(part => text.includes(part)) || path.length < 3;
  };
  const targets = ['pod-create', 'deployment-create'].flatMap(name => {
    const all = pathsOf(reviewBody(name));
    const paths = all.filter(path => !isKept(path) && !all.some(other => isLabelBelow(path, other)));
    return paths.map(path => ({ name, path }));
  });
  const { validate } = gate(testPolicy(), world);
  const closed = gate(testPolicy(), worldOf(namespace(), deployment(), closingPolicy()));
  const judged = { asOpen: 0, asClosed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...targets), junk, async ({ name, path }, value) => {
      const decoded = decodeReview(replaced(reviewBody(name), path, value));
      if (decoded.kind === 'bad') return;
      const outcome = await validate(decoded.review, MINUTE);
      expect([path.join('.'), outcome.allowed]).toEqual([path.join('.'), false]);
      if (outcome.code === 403) judged.asOpen += 1;
      if ((await closed.validate(decoded.review, MINUTE)).allowed) judged.asClosed += 1;
    }),
    { numRuns: 1000 },
  );
  // Refused by judgement, not for being unreadable; and the same edits pass where the server is closed.
  expect(judged.asOpen).toBeGreaterThan(300);
  expect(judged.asClosed).toBeGreaterThan(300);
});

/** Replacing `path` would replace labels that stand below it. */
const isLabelBelow = (path: readonly string[], other: readonly string[]): boolean =>
  other.includes('labels') && path.every((key, index) => other[index] === key);

test('any text is answered, by JSON, and never by an allow', async () => {
  const { app } = testServer();
  const statuses = new Map<number, number>();
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.nat(6000).map(end => JSON.stringify(reviewBody('pod-create')).slice(0, end)),
  );
  await fc.assert(
    fc.asyncProperty(texts, async payload => {
      const headers = { 'content-type': 'application/json' };
      const response = await app.inject({ method: 'POST', url: '/validate', headers, payload });
      expect(response.json().response?.allowed ?? false).toBe(false);
      statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
    }),
    { numRuns: 200 },
  );
  // Whole reviews are among them, and refused by their uid; the rest is no review.
  expect(statuses.get(200)).toBeGreaterThan(10);
  expect(statuses.get(400)).toBeGreaterThan(50);
  const harmless = { method: 'POST', url: '/validate', payload: reviewBody('deployment-create-harmless') } as const;
  expect((await app.inject(harmless)).json().response.allowed).toBe(true);
});
