import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { NetworkPolicy } from '../../../src/core/kube/types.ts';
import { freeName, hashOf, policyName } from '../../../src/core/remedy/policy-name.ts';
import { WRITTEN_ANNOTATION, writtenFor, writtenMark } from '../../../src/core/remedy/written-mark.ts';
import { decoded } from '../../support/workload.ts';

const SPEC = {
  podSelector: { matchLabels: { app: 'a' } },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
  egress: [{}],
};
const SERVER = { kind: 'Deployment', namespace: 'shop', name: 'a' };
const policy = (spec: Fields, mark?: string, name = 'p'): NetworkPolicy =>
  decoded({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'shop', ...(mark !== undefined && { annotations: { [WRITTEN_ANNOTATION]: mark } }) },
    spec,
  }) as NetworkPolicy;
const MARK = writtenMark(SERVER, policy(SPEC));

describe('A policy that was written for a server', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, policy: NetworkPolicy, isUntouched: boolean]>([
    ['is known', policy(SPEC, MARK), true],
    ['is known by another name', policy(SPEC, MARK, 'q'), true],
    ['is known in another layout', policy({ ...SPEC, ingress: [{ ports: [{ port: 80, protocol: 'TCP' }], from: [{ podSelector: {} }] }] }, MARK), true],
    ['was edited, where it selects others', policy({ ...SPEC, podSelector: {} }, MARK), false],
    ['was edited, where it admits others', policy({ ...SPEC, ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] }] }, MARK), false],
    ['was edited, where it admits on other ports', policy({ ...SPEC, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 81 }] }] }, MARK), false],
    ['was edited, where it admits on every port', policy({ ...SPEC, ingress: [{ from: [{ podSelector: {} }] }] }, MARK), false],
    ['was edited, where it admits everybody', policy({ ...SPEC, ingress: [{ ports: [{ port: 80 }] }] }, MARK), false],
    ['was edited, where a rule is gone', policy({ ...SPEC, egress: [] }, MARK), false],
    ['was edited, where a direction is open', policy({ ...SPEC, policyTypes: ['Ingress'] }, MARK), false],
    ['was edited, where it cannot be read', policy({ ...SPEC, ingress: 7 }, MARK), false],
  ])('%s', (_, written, isUntouched) => {
    expect(writtenFor(written)).toEqual({ server: 'Deployment/a', isUntouched });
  });

  test.each([undefined, 'Deployment/a x y'])('is none, where its annotation is %j', mark => {
    expect(writtenFor(policy(SPEC, mark))).toBeUndefined();
  });
});

describe('The name of a policy', () => {
  const name = (length: number): string => 'a'.repeat(length);
  test.each<[length: number, isWhole: boolean]>([
    [63 - '-gateway-only'.length, true],
    [64 - '-gateway-only'.length, false],
  ])('is that of a server of %d characters, where there is room for it: %s', (length, isWhole) => {
    const written = policyName(name(length), 'person');
    expect(written.length).toBe(63);
    expect(written === `${name(length)}-gateway-only`).toBe(isWhole);
    expect(written.endsWith('-gateway-only') && (isWhole || written.includes(hashOf(name(length))))).toBe(true);
  });

  test('is another one, where it is taken', () => {
    const taken = new Set<string>();
    const names = Array.from({ length: 4 }, () => {
      const free = freeName('chokepoint-a', SERVER, 'controller', one => taken.has(one));
      taken.add(free);
      return free;
    });
    expect(names).toEqual([
      'chokepoint-a',
      'chokepoint-a-deployment',
      'chokepoint-a-deployment-2',
      'chokepoint-a-deployment-3',
    ]);
  });

  // FNV-1a of 32 bits, by its published test values.
  test.each([
    ['', '811c9dc5'],
    ['a', 'e40c292c'],
    ['foobar', 'bf9cf968'],
  ])('is told apart from others by a hash: of %j it is %s', (text, hash) => {
    expect(hashOf(text)).toBe(hash);
  });
});
