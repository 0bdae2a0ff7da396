import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';

const KINDS = [
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['v1', 'Namespace'],
  ['v1', 'Service'],
  ['v1', 'Pod'],
  ['apps/v1', 'Deployment'],
  ['batch/v1', 'CronJob'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
  ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy'],
  ['cilium.io/v2', 'CiliumNetworkPolicy'],
  ['projectcalico.org/v3', 'GlobalNetworkPolicy'],
  ['crd.projectcalico.org/v1', 'NetworkSet'],
] as const;

/** Names of fields that the decoders look at, so that random objects get past the first level. */
const FIELDS = [
  'metadata',
  'spec',
  'name',
  'namespace',
  'labels',
  'podSelector',
  'matchLabels',
  'matchExpressions',
  'key',
  'operator',
]
  .concat([
    'values',
    'policyTypes',
    'ingress',
    'egress',
    'from',
    'to',
    'ports',
    'port',
    'endPort',
    'protocol',
    'ipBlock',
    'cidr',
    'except',
  ])
  .concat([
    'template',
    'containers',
    'image',
    'rules',
    'backendRefs',
    'parentRefs',
    'filters',
    'subject',
    '__proto__',
    'constructor',
  ]);

const value = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(
      null,
      true,
      0,
      80,
      -1,
      1.5,
      '',
      'a',
      'TCP',
      'In',
      'Egress',
      '10.0.0.0/8',
      '::/0',
      '010.0.0.0/8',
      'x y',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...FIELDS), tie('value')), { maxLength: 6 }).map(pairs =>
      // As a parser makes it: with `__proto__` as an own key.
      JSON.parse(`{${pairs.map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`).join(', ')}}`),
    ),
  ),
})).value;

describe('The decoder never throws and never changes its input:', () => {
  it('for objects of the judged kinds with anything in their fields', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), value, value, ([apiVersion, kind], metadata, spec) => {
        const object = { apiVersion, kind, metadata, spec };
        const before = JSON.stringify(object);
        const decoded = createDecoder()(object);
        expect(decoded.kind).toBe('object');
        expect(JSON.stringify(object)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it('for any object at all', () => {
    fc.assert(
      fc.property(fc.object({ withNullPrototype: true, withBigInt: false }), object => {
        expect(['object', 'other', 'unreadable']).toContain(createDecoder()(object as Fields).kind);
      }),
      { numRuns: 300 },
    );
  });
});
