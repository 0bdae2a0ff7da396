import { describe, expect, test } from 'vitest';
import { compact } from '../../../src/adapters/kubernetes/view/compact.ts';
import { createInterner } from '../../../src/adapters/kubernetes/view/interning.ts';
import type { NetworkPolicy } from '../../../src/core/kube/types.ts';
import { isNetworkPolicy } from '../../../src/core/world/object-kinds.ts';
import { decoded, workloadManifest } from '../../support/workload.ts';

/** Whether what is given for one key afterwards is the first value still. */
function isRemembered(keys: readonly string[]): boolean {
  const { intern } = createInterner();
  const first = {};
  intern('first', first);
  for (const key of keys) intern(key, {});
  return intern('first', {}) === first;
}
const keys = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, 'x'));

test.each([
  ['as many others as are remembered', keys(19_999, 8), true],
  ['one more', keys(20_000, 8), false],
  ['keys of 8 Mi units in all', keys(2047, 4096), true],
  ['keys of more', keys(2048, 4096), false],
  ['keys that are too long to be remembered', keys(4096, 4097), true],
])('a value is remembered after %s: %s', (_, others, expected) => {
  expect(isRemembered(others)).toBe(expected);
});

test('a key of the greatest length has one value, a longer one as many as are given', () => {
  const { intern } = createInterner();
  const [short, long] = ['x'.repeat(4096), 'x'.repeat(4097)];
  const [first, second] = [{}, {}];
  expect([intern(short, first), intern(short, second)]).toEqual([first, first]);
  intern(long, first);
  expect(intern(long, second)).toBe(second);
});

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
function compacted(annotations: Readonly<Record<string, string>>) {
  const manifest = workloadManifest({ kind: 'Deployment', called: 'a', namespace: 'n', labels: { app: 'a' } });
  const metadata = { ...Object(manifest.metadata), annotations };
  const raw = { ...manifest, metadata };
  return compact(decoded(raw), raw, createInterner()).meta.annotations;
}

test('annotations are kept, but for the object that kubectl writes down a second time', () => {
  expect([...compacted({ [LAST_APPLIED]: '{}', a: 'b' })]).toEqual([['a', 'b']]);
  expect([...compacted({ a: 'b', c: 'd' })]).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

describe('of policies', () => {
  const RULE = { from: [{ podSelector: { matchLabels: { app: 'envoy' } } }] };
  const interner = createInterner();
  const policy = (name: string, labels: object, spec: object) => {
    const metadata = { name, namespace: 'n', labels };
    const raw = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
    const read = compact(decoded(raw), raw, interner);
    if (!isNetworkPolicy(read)) throw new Error('no NetworkPolicy');
    return read;
  };
  const decodedPolicy = (spec: object): NetworkPolicy => {
    const read = decoded({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'a' }, spec });
    if (!isNetworkPolicy(read)) throw new Error('no NetworkPolicy');
    return read;
  };
  const LARGE = Object.fromEntries(Array.from({ length: 50_001 }, (_, index) => [`l${index}`, '']));

  test('equal selectors, and equal rules of one direction, are kept once', () => {
    const [one, other] = ['one', 'other'].map(name =>
      policy(name, { name }, { podSelector: { matchLabels: { app: 'a' } }, ingress: [RULE] }),
    );
    expect(one?.podSelector).toBe(other?.podSelector);
    expect(one?.ingress).toBe(other?.ingress);
  });

  test.each([
    ['rules', { podSelector: {}, ingress: [RULE, RULE] }, (read: NetworkPolicy) => read.ingress],
    [
      'a selector',
      { podSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: Array(1000).fill('b') }] } },
      (read: NetworkPolicy) => read.podSelector,
    ],
  ])('%s of one that is too large say nothing of the same in another', (_, spec, of) => {
    const large = policy('large', LARGE, spec);
    expect(of(policy('usual', {}, spec))).toEqual(of(decodedPolicy(spec)));
    expect(large.incomplete).toBe(true);
  });
});
