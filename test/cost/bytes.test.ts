import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fields } from '../../src/core/kube/reading.ts';
import { createStepCounter } from '../support/count-steps.ts';
import {
  BESIDE,
  LARGE_OTHERS,
  LARGE_PODS,
  LARGE_POLICIES,
  LARGE_SERVERS,
  type LargeShape,
  policyWith,
  SERVER,
  serverWith,
} from '../support/large-objects.ts';

const steps = createStepCounter();
const { decodeAndJudge } = await import('../support/decode-and-judge.ts');

/** Steps of a review for each byte of its object and what stands beside it. */
const MOST = 500;

/** The same every time. */
const RUNS = { seed: 20_270_131, numRuns: 20 };

const objectAt = (fields: Fields, key: string): Fields => Object(fields[key]);
const listAt = (fields: Fields, key: string): readonly Fields[] => {
  const list = fields[key];
  return Array.isArray(list) ? list : [];
};
const concat = (objects: readonly Fields[], key: string): readonly Fields[] =>
  objects.flatMap(object => listAt(object, key));

/** Shapes with how many items each has, since what multiplies is seen in a few hundred. */
const parts = (shapes: Readonly<Record<string, LargeShape>>): fc.Arbitrary<readonly Fields[]> =>
  fc.array(
    fc
      .tuple(fc.constantFrom(...Object.keys(shapes)), fc.integer({ min: 1, max: 400 }))
      .map(([name, items]) => shapes[name]?.(items) ?? {}),
    { minLength: 1, maxLength: 4 },
  );

/** One policy of the rules of several; its ports and peers in turns, so that each peer meets the ports of another shape. */
const policies = fc.tuple(parts(LARGE_POLICIES), fc.boolean()).map(([made, isCrossed]) => {
  const specs = made.map(policy => objectAt(policy, 'spec'));
  const crossed = (rules: readonly Fields[]): readonly Fields[] =>
    rules.map((rule, index) => {
      const ports = listAt(rules[(index + 1) % rules.length] ?? rule, 'ports').slice(0, 20);
      return isCrossed && ports.length > 0 ? { ...rule, ports } : rule;
    });
  return policyWith({ ingress: crossed(concat(specs, 'ingress')), egress: crossed(concat(specs, 'egress')) });
});

/** One Deployment of the containers, labels and annotations of several. */
const servers = parts({ ...LARGE_SERVERS, ...LARGE_PODS }).map(made => {
  const templates = made.map(({ kind, spec, metadata }) =>
    kind === 'Deployment' ? objectAt(Object(spec), 'template') : { spec, metadata },
  );
  const metadata = templates.map(template => objectAt(template, 'metadata'));
  const specs = templates.map(template => objectAt(template, 'spec'));
  const { spec, ...server } = serverWith(concat(specs, 'containers'));
  const merged = (key: string): Fields => Object.assign({}, ...metadata.map(one => one[key]));
  const template = {
    metadata: { labels: { ...merged('labels'), app: 'mcp' }, annotations: merged('annotations') },
    spec: {
      containers: concat(specs, 'containers'),
      initContainers: concat(specs, 'initContainers'),
      volumes: concat(specs, 'volumes'),
    },
  };
  return { ...server, spec: { ...Object(spec), template } };
});

const others = parts(LARGE_OTHERS).map(([first]) => first ?? {});

function perByte(object: Fields, beside: readonly Fields[]): number {
  const cost = steps.count(() => decodeAndJudge(object, beside));
  const bytes = [object, ...beside].reduce((sum, one) => sum + JSON.stringify(one).length, 0);
  return cost / bytes;
}

const CLOSED = policyWith({ ingress: [], egress: [] });

describe('the work of a review is bounded by the bytes of what is judged', () => {
  test('a policy of any shapes', () => {
    const isBounded = fc.property(policies, policy => void expect(perByte(policy, [SERVER])).toBeLessThan(MOST));
    fc.assert(isBounded, RUNS);
  });

  test('a server of any shapes', () => {
    const isBounded = fc.property(servers, server => void expect(perByte(server, [CLOSED])).toBeLessThan(MOST));
    fc.assert(isBounded, RUNS);
  });

  test('a policy beside a server, each of any shapes', () => {
    const isBounded = fc.property(
      policies,
      servers,
      (policy, server) => void expect(perByte(policy, [server])).toBeLessThan(MOST),
    );
    fc.assert(isBounded, RUNS);
  });

  test('any other object', () => {
    const isBounded = fc.property(others, other => void expect(perByte(other, BESIDE)).toBeLessThan(MOST));
    fc.assert(isBounded, RUNS);
  });
});
