import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKnownReviews } from '../../../src/app/admission/known-reviews.ts';
import type { ReviewRecord } from '../../../src/app/admission/ports.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import {
  closingPolicy,
  gate,
  namespace,
  openingPolicy,
  review,
  reviewBody,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';

const MADE: Fields = reviewBody('recorded/pod-create-by-replicaset').request.object;
const metadataOf = (object: Fields): Fields => object.metadata as Fields;

/** How a Pod differs from another of its ReplicaSet, and what it is. */
interface Made {
  readonly name: string;
  /** The end of the name of its token's volume. */
  readonly token?: string;
  readonly spec?: Fields;
  readonly metadata?: Fields;
}

/** The Pod's text with the name of its token's volume, wherever that stands. */
const withToken = (pod: Fields, token: string): Fields =>
  JSON.parse(JSON.stringify(pod).replaceAll(/kube-api-access-\w{5}/g, `kube-api-access-${token}`));

function made({ name, token = 'bbbb2', spec = {}, metadata = {} }: Made): Review {
  const pod = withToken(MADE, token);
  const object = {
    ...pod,
    metadata: { ...metadataOf(pod), uid: `uid-${name}`, name, ...metadata },
    spec: { ...(pod.spec as Fields), ...spec },
  };
  return { ...review('recorded/pod-create-by-replicaset', { name, object }), bytes: 1_000 };
}

// ---- the same answers -----------------------------------------------------------------------------------------------

/** Names that say something of a Pod, and names that do not; most of them are equally long. */
const NAMES = ['weather-6b9f7-x2x7q', 'weather-6b9f7-k8w2d', 'weather-mcp-server1', 'weather-mcp-server2', 'mcp'];
const [NAMED = ''] = NAMES;

const owned: Fields = reviewBody('deployment-create').request.object;
const replicaSet: Fields = {
  ...owned,
  kind: 'ReplicaSet',
  metadata: { name: 'owner-replicaset', namespace: 'prod', uid: 'uid' },
};
const forPod = (name: string): Fields => ({
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'GateException',
  metadata: { name: 'one-pod', namespace: 'prod' },
  spec: {
    object: { kind: 'Pod', name },
    rules: ['ingress-beyond-gateway'],
    reason: 'T-1 while it moves',
    expires: '2026-12-20',
  },
});
const published: readonly Fields[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'by-hand', namespace: 'prod' },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'by-hand-1', namespace: 'prod', labels: { 'kubernetes.io/service-name': 'by-hand' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.7'], targetRef: { kind: 'Pod', namespace: 'prod', name: NAMED } }],
    ports: [{ port: 80 }],
  },
];
const selectingAll = (policy: Fields): Fields => ({ ...policy, spec: { ...(policy.spec as Fields), podSelector: {} } });

/** What may stand beside the Pods. */
const PARTS: readonly (readonly Fields[])[] = [
  [selectingAll(closingPolicy())],
  [selectingAll(openingPolicy())],
  [replicaSet],
  [forPod(NAMED)],
  published,
  [withToken({ ...MADE, metadata: { ...metadataOf(MADE), name: NAMED } }, 'bbbb2')],
];

const forOnePod = { namespace: 'prod', kind: 'Pod', name: NAMED, reason: 'T-2', expires: '2999-12-31' };
const POLICIES: readonly GatePolicy[] = [
  testPolicy(),
  testPolicy({ mode: 'warn' }),
  testPolicy({ exceptions: [{ ...forOnePod, rules: ['ingress-beyond-gateway'] }] }),
  testPolicy({
    day: '2026-11-27',
    exceptionsFromNamespaces: { rules: new Set(['ingress-beyond-gateway']), longestDays: 90 },
  }),
];

const oneOf = <One>(...all: readonly One[]): fc.Arbitrary<One> => fc.constantFrom(...all);
const podOf: fc.Arbitrary<Made> = fc.record({
  name: oneOf(...NAMES),
  token: oneOf('bbbb2', 'zx9fd'),
  spec: oneOf<Fields>({}, {}, {}, { hostNetwork: true }, { serviceAccountName: 'other' }),
  metadata: oneOf<Fields>({}, {}, {}, { labels: { app: 'mcp' } }, { ownerReferences: [] }),
});
const caseOf = fc.record({
  parts: fc.subarray([...PARTS.keys()]),
  policy: oneOf(...POLICIES),
  pods: fc.array(podOf, { minLength: 6, maxLength: 12 }),
});

type Case = typeof caseOf extends fc.Arbitrary<infer One> ? One : never;

async function answers({ parts, policy, pods }: Case): Promise<void> {
  const world = worldOf(namespace(), ...parts.flatMap(part => PARTS[part] ?? []));
  const remembering = gate(policy, world);
  const said = async (one: ReturnType<typeof gate>, asked: Review) => {
    const response = await one.validate(asked, 60_000);
    const { durationMs: _, ...record } = one.records.at(-1) ?? ({} as ReviewRecord);
    return [response, record];
  };
  for (const pod of pods) {
    const { bytes: _, ...unknown } = made(pod);
    expect(await said(remembering, made(pod))).toEqual(await said(gate(policy, world), unknown));
    expect(remembering.bugs).toEqual([]);
  }
}

describe('a gate that has judged Pods of a ReplicaSet', () => {
  test('answers for each further one as one that has never been asked anything', async () => {
    await fc.assert(fc.asyncProperty(caseOf, answers), { numRuns: 150 });
  });
});

// ---- what is one ----------------------------------------------------------------------------------------------------

describe('two Pods are known as one where they differ', () => {
  const first: Made = { name: 'weather-6b9f7-x2x7q' };
  const rows: readonly (readonly [what: string, other: Made, isSame: boolean])[] = [
    ['in the name', { name: 'weather-6b9f7-k8w2d' }, true],
    ['in the name of the volume of the token', { ...first, token: 'zx9fd' }, true],
    ['in the length of the name', { name: 'weather-6b9f7-k8w2d1' }, false],
    ['in a label', { ...first, metadata: { labels: { app: 'other' } } }, false],
    ['in the owner', { ...first, metadata: { ownerReferences: [] } }, false],
    ['in a container', { ...first, spec: { containers: [] } }, false],
    ['in the name of another volume', { ...first, token: 'aeiou' }, false],
    ['in the name, which is none', { name: 'weather_6b9f7_k8w2d' }, false],
  ];
  test.each(rows)('%s', async (_what, other, isSame) => {
    const reviews = createKnownReviews(createDecoder());
    await reviews.of(made(first));
    const { known } = await reviews.of(made(first));
    expect(known).toBeDefined();
    expect((await reviews.of(made(other))).known === known).toBe(isSame);
  });

  test('and each is read by its own name', async () => {
    const reviews = createKnownReviews(createDecoder());
    const names = ['weather-6b9f7-x2x7q', 'weather-6b9f7-k8w2d', 'weather-6b9f7-zzzzz'];
    for (const name of names) {
      const { read } = await reviews.of(made({ name }));
      expect(read.kind === 'change' && read.change.after?.meta.name).toBe(name);
    }
  });
});
