import { describe, expect, test } from 'vitest';
import { readPolicyEndpoint } from '../../../src/core/kube/policy-endpoint.ts';
import { isListed, isResolved } from '../../../src/core/netpol/programmed.ts';
import { isNetworkPolicy } from '../../../src/core/world/object-kinds.ts';
import { decoded } from '../../support/workload.ts';

const POLICY = { name: 'weather', namespace: 'tools', uid: 'uid-1' };

function policy(spec: object) {
  const object = decoded({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: POLICY,
    spec: { podSelector: {}, ...spec },
  });
  if (!isNetworkPolicy(object)) throw new Error('it is no NetworkPolicy');
  return object;
}

const endpoint = (spec: object, { name = 'weather', uid = 'uid-1' } = {}) =>
  readPolicyEndpoint({
    metadata: { name: `${name}-x7k2p`, ownerReferences: [{ kind: 'NetworkPolicy', name, uid }] },
    spec: { policyRef: { name, namespace: 'tools' }, ...spec },
  });

const BOTH = ['Ingress', 'Egress'];
const CLOSED = { policyTypes: BOTH };
/** All of IPv4 but the private addresses, on one port, and the gateway's Pods. */
const USUAL = {
  policyTypes: BOTH,
  ingress: [{ from: [{ podSelector: { matchLabels: { app: 'gateway' } } }], ports: [{ port: 8080 }] }],
  egress: [
    { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '169.254.0.0/16'] } }], ports: [{ port: 443 }] },
  ],
};
const FROM_GATEWAY = [{ cidr: '10.0.1.7', ports: [{ protocol: 'TCP', port: 8080 }] }];
const WORLD = { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '169.254.0.0/16'], ports: [{ protocol: 'TCP', port: 443 }] };
const USUAL_MADE = { podIsolation: BOTH, ingress: FROM_GATEWAY, egress: [WORLD] };

describe('What is made of a policy says what it says now', () => {
  test.each<readonly [string, object, readonly object[], boolean]>([
    ['nothing is made of it', CLOSED, [], false],
    ['it closes everything', CLOSED, [{ podIsolation: BOTH }], true],
    ['a direction is not isolated yet', CLOSED, [{ podIsolation: ['Ingress'] }], false],
    ['a direction is isolated no more', { policyTypes: ['Ingress'] }, [{ podIsolation: BOTH }], false],
    ['a block, with addresses of Pods beside it', USUAL, [USUAL_MADE], true],
    [
      'the same in two parts',
      USUAL,
      [
        { ...USUAL_MADE, ingress: [] },
        { ...USUAL_MADE, egress: [] },
      ],
      true,
    ],
    [
      'excepts in another order',
      USUAL,
      [{ ...USUAL_MADE, egress: [{ ...WORLD, except: [...WORLD.except].reverse() }] }],
      true,
    ],
    ['an except is lacking', USUAL, [{ ...USUAL_MADE, egress: [{ ...WORLD, except: ['10.0.0.0/8'] }] }], false],
    ['a port of the version before', USUAL, [{ ...USUAL_MADE, egress: [{ ...WORLD, ports: [] }] }], false],
    ['a block of the version before', USUAL, [{ ...USUAL_MADE, egress: [WORLD, { cidr: '10.1.0.0/16' }] }], false],
    [
      'one part is of the version before',
      USUAL,
      [USUAL_MADE, { podIsolation: BOTH, egress: [{ cidr: '::/0' }] }],
      false,
    ],
    [
      'a rule without peers is both families',
      { policyTypes: ['Egress'], egress: [{}] },
      [{ podIsolation: ['Egress'], egress: [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }] }],
      true,
    ],
    [
      'one family of it is lacking',
      { policyTypes: ['Egress'], egress: [{}] },
      [{ podIsolation: ['Egress'], egress: [{ cidr: '0.0.0.0/0' }] }],
      false,
    ],
    [
      'a range of ports',
      {
        policyTypes: ['Ingress'],
        ingress: [
          { from: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 80, endPort: 90, protocol: 'UDP' }] },
        ],
      },
      [
        {
          podIsolation: ['Ingress'],
          ingress: [{ cidr: '192.0.2.0/24', ports: [{ protocol: 'UDP', port: 80, endPort: 90 }] }],
        },
      ],
      true,
    ],
    [
      'a block on a port by name becomes nothing',
      { policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 'http' }] }] },
      [{ podIsolation: ['Egress'] }],
      true,
    ],
    [
      'its egress list is ignored',
      { policyTypes: ['Ingress'], egress: [{}] },
      [{ podIsolation: ['Ingress'], egress: [{ cidr: '0.0.0.0/0' }] }],
      true,
    ],
  ])('where %s: %#', (_, spec, made, expected) => {
    expect(
      isResolved(
        policy(spec),
        made.map(one => endpoint(one)),
      ),
    ).toBe(expected);
  });

  test('of another policy, or of one that bore the name before, it proves nothing', () => {
    const made = { podIsolation: BOTH };
    expect(isResolved(policy(CLOSED), [endpoint(made, { name: 'fetch' })])).toBe(false);
    expect(isResolved(policy(CLOSED), [endpoint(made, { uid: 'uid-0' })])).toBe(false);
  });

  test.each([undefined, 1, 'text', [1], {}, { podIsolation: 'Ingress', egress: [1, { cidr: 4, ports: 'x' }] }])(
    'a spec that is none proves nothing: %j',
    spec => {
      const [ownerReferences, policyRef] = [[{ uid: 'uid-1' }], { name: 'weather' }];
      const read = readPolicyEndpoint({
        metadata: { ownerReferences },
        spec: typeof spec === 'object' && !Array.isArray(spec) ? { policyRef, ...spec } : spec,
      });
      expect(isResolved(policy(CLOSED), [read])).toBe(false);
    },
  );
});

test('a Pod is listed where any part of what was made of the policy names it', () => {
  const pod = { name: 'weather-1', namespace: 'tools', podIP: '10.0.1.9', hostIP: '10.0.1.1' };
  const parts = [endpoint({ podIsolation: BOTH }), endpoint({ podIsolation: BOTH, podSelectorEndpoints: [pod] })];
  expect([isListed(policy(CLOSED), 'weather-1', parts), isListed(policy(CLOSED), 'weather-2', parts)]).toEqual([
    true,
    false,
  ]);
});
