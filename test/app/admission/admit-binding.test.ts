import { afterEach, describe, expect, test, vi } from 'vitest';
import { bindingLabels } from '../../../src/app/admission/binding.ts';
import type { AdmissionPorts } from '../../../src/app/admission/ports.ts';
import type { WorldReading } from '../../../src/app/world-reading.ts';
import type { Mode } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Workload } from '../../../src/core/kube/types.ts';
import {
  closingPolicy,
  decodeAll,
  gate,
  namespace,
  openingPolicy,
  review,
  testPolicy,
  verdictText,
  worldOf,
} from '../../support/reviews.ts';

const MINUTE = 60_000;

/** The server of the recorded reviews as a Pod, under the name that the recorded Bindings have. */
const pod = (): Fields => {
  const { object } = review('pod-create');
  return { ...object, metadata: { ...(object?.metadata as Fields), name: 'gated', namespace: 'prod' } };
};
const livePod = () => decodeAll([pod()])[0] as Workload;
const binding = (labels: Fields): Fields => ({
  object: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'gated', labels }, target: { name: 'node-1' } },
});
/** Opens what bears this label. */
const permissive = (): Fields => {
  const policy = openingPolicy();
  return {
    ...policy,
    spec: { ...(policy.spec as Fields), podSelector: { matchLabels: { debug: 'yes' } } },
  };
};
const server = Object.keys((pod().metadata as { labels: Fields }).labels);
const movedAway = Object.fromEntries(server.map(key => [key, 'moved']));
const closed = () => worldOf(namespace(), pod(), closingPolicy(), permissive());
const bind = (
  labels: Fields,
  world: ReturnType<typeof worldOf> | WorldReading = closed(),
  mode: Mode = 'enforce',
  confirmPods?: AdmissionPorts['confirmPods'],
) =>
  gate(testPolicy({ mode }), world, undefined, confirmPods && { confirmPods }).validate(
    review('recorded/pod-binding-create-labels', { name: 'gated', ...binding(labels) }),
    MINUTE,
  );

describe('a Binding is judged as the Pod with the labels that it brings', () => {
  const stale: WorldReading = { kind: 'stale', ageMs: 90_000, world: closed() };
  const rows = [
    ['without labels', {}, closed(), 'enforce', 'allowed'],
    ['without labels, of a world that is not ready', {}, { kind: 'not-synced' }, 'enforce', 'allowed'],
    ['with a zone', { 'topology.kubernetes.io/zone': 'a' }, closed(), 'enforce', 'allowed (allow)'],
    ['that lets a permissive policy select the Pod', { debug: 'yes' }, closed(), 'enforce', '403 (deny)'],
    ['that lets a permissive policy select the Pod', { debug: 'yes' }, closed(), 'warn', 'allowed +warnings (deny)'],
    ['that lets a permissive policy select the Pod', { debug: 'yes' }, closed(), 'audit', 'allowed (deny)'],
    ['that lets a permissive policy select the Pod', { debug: 'yes' }, closed(), 'off', 'allowed'],
    ['that moves the Pod away from its policy', movedAway, closed(), 'enforce', '403 (deny)'],
    ['of a Pod that is not known', { debug: 'yes' }, worldOf(namespace()), 'enforce', '503'],
    ['of a Pod that is not known', { debug: 'yes' }, worldOf(namespace()), 'audit', 'allowed'],
    ['with labels, of a stale world', { debug: 'yes' }, stale, 'enforce', '503'],
  ] as const;
  test.each(rows)('%s (%j)', async (_title, labels, world, mode, expected) => {
    expect(verdictText(await bind(labels, world, mode))).toBe(expected);
  });

  test.each<readonly [string, Fields, AdmissionPorts['confirmPods'], string]>([
    ['is read past it', { a: 'b' }, async () => [livePod()], 'allowed (allow)'],
    ['is read past it, and judged', { debug: 'yes' }, async () => [livePod()], '403 (deny)'],
    ['is not there', { debug: 'yes' }, async () => [], '503'],
    ['cannot be read', { debug: 'yes' }, () => Promise.reject(new Error('down')), '503'],
  ])('of a Pod that the cache does not hold: it %s (%j)', async (_title, labels, confirmPods, expected) => {
    const world = worldOf(namespace(), closingPolicy(), permissive());
    expect(verdictText(await bind(labels, world, 'enforce', confirmPods))).toBe(expected);
  });

  test('as the scheduler sends it, it passes', async () => {
    const outcome = await gate(testPolicy(), closed()).validate(
      review('recorded/pod-binding-create-by-scheduler'),
      MINUTE,
    );
    expect(verdictText(outcome)).toBe('allowed');
  });
});

test('the labels of a Binding are read from nothing else, and what is no text is left out', () => {
  const labels = { a: 'b', constructor: 'c', n: 1 };
  const metadata = { name: 'gated', labels };
  expect([...bindingLabels(review('pod-create'))]).toEqual([]);
  const read = (object: Fields) => [...bindingLabels({ ...review('recorded/pod-binding-create-labels'), object })];
  expect(read({ metadata })).toEqual([
    ['a', 'b'],
    ['constructor', 'c'],
  ]);
  expect([read({}), read({ metadata: [] }), read({ metadata: { labels: ['a'] } })]).toEqual([[], [], []]);
});

describe('a Binding has one deadline for all that is read for it', () => {
  const DEADLINE_MS = 2500;
  const never = () => new Promise<never>(() => undefined);
  const later = <Value>(delayMs: number, value: Value): Promise<Value> =>
    new Promise(resolve => setTimeout(resolve, delayMs, value));
  afterEach(() => void vi.useRealTimers());

  test.each<readonly [string, Partial<AdmissionPorts>]>([
    ['its namespace is never read', { liveNamespace: never }],
    [
      'its namespace takes most of it, and its Pod is never read',
      { liveNamespace: () => later(2000, undefined), confirmPods: never },
    ],
    [
      'each takes a while, and its policies are never read',
      {
        liveNamespace: () => later(1200, undefined),
        confirmPods: () => later(600, [livePod()]),
        confirmPolicies: never,
      },
    ],
  ])('where %s', async (_title, reads) => {
    vi.useFakeTimers();
    const startMs = Date.now();
    const ports = { nowMs: () => Date.now() - startMs, ...reads };
    const world = worldOf(closingPolicy());
    const { validate } = gate(testPolicy(), world, undefined, ports);
    const answered: string[] = [];
    void validate(
      review('recorded/pod-binding-create-labels', { name: 'gated', ...binding({ a: 'b' }) }),
      DEADLINE_MS,
    ).then(outcome => answered.push(verdictText(outcome)));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
    expect(answered).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(answered).toEqual(['503']);
  });
});
