import { describe, expect, it } from 'vitest';
import type { CalicoNetworkSet, CalicoPolicy, CalicoTier } from '../../../../src/core/kube/calico.ts';
import {
  decodeCalicoNetworkSet,
  decodeCalicoPolicy,
  decodeCalicoTier,
} from '../../../../src/core/kube/decode-calico.ts';
import { createCidrReader } from '../../../../src/core/kube/decode-peers.ts';
import { type Fields, Reading } from '../../../../src/core/kube/reading.ts';
import type { TierPeer, TierPolicy } from '../../../../src/core/kube/tiers.ts';
import { toCidrs } from '../../../../src/core/net/addresses.ts';
import { calicoReader } from '../../../../src/core/netpol/tiers/from-calico.ts';

const API = 'projectcalico.org/v3';
const readCidr = createCidrReader();

const object = (kind: string, name: string, namespace: string, spec: Fields, labels: Fields = {}): Fields => ({
  apiVersion: API,
  ...{ kind, metadata: { name, labels, ...(namespace !== '' && { namespace }) }, spec },
});

/** A policy of a namespace, or where that is empty a global one. */
function policy(name: string, namespace: string, spec: Fields): CalicoPolicy {
  const kind = namespace === '' ? 'GlobalNetworkPolicy' : 'NetworkPolicy';
  return decodeCalicoPolicy(kind, API, object(kind, name, namespace, spec), new Reading(), readCidr);
}

const tier = (name: string, spec: Fields): CalicoTier =>
  decodeCalicoTier(API, object('Tier', name, '', spec), new Reading());

function set(name: string, namespace: string, labels: Fields, nets: readonly string[]): CalicoNetworkSet {
  const kind = namespace === '' ? 'GlobalNetworkSet' : 'NetworkSet';
  return decodeCalicoNetworkSet(kind, API, object(kind, name, namespace, { nets }, labels), new Reading(), readCidr);
}

interface Objects {
  readonly policies?: readonly CalicoPolicy[];
  readonly tiers?: readonly CalicoTier[];
  readonly sets?: readonly CalicoNetworkSet[];
  readonly networkPolicies?: readonly TierPolicy[];
}

const tiersOf = ({ policies = [], tiers = [], sets = [], networkPolicies = [] }: Objects) =>
  calicoReader(tiers, { sets, namespaceLabels: name => new Map([['team', name]]) }).tiersOf(
    policies,
    networkPolicies,
    [],
  );

/** Blocks as text; conditions on pods by their kind. */
function peerText(peer: TierPeer): string {
  if (peer.kind === 'block') return toCidrs(peer.specified).join(' ');
  return 'of' in peer ? `${peer.kind}(${peer.of.map(peerText).join(', ')})` : peer.kind;
}

/** Whom the one ingress rule of a policy lets in. */
function peers(namespace: string, source: Fields, sets: readonly CalicoNetworkSet[]): readonly string[] {
  const policies = [policy('p', namespace, { ingress: [{ action: 'Allow', source }] })];
  const rule = tiersOf({ policies, sets })[0]?.policies[0]?.ingress?.rules[0];
  return rule?.peers.map(peerText) ?? [];
}

describe('The tiers of Calico', () => {
  it('stand by order, then by name, those without an order last', () => {
    const tiers = [tier('last', {}), tier('b', { order: 5 }), tier('a', { order: 5 }), tier('zero', { order: 0 })];
    const policies = ['last', 'b', 'a', 'zero', 'kube-baseline', 'kube-admin'].map(name =>
      policy(name, '', { tier: name }),
    );
    expect(tiersOf({ tiers, policies }).map(({ name }) => name)).toEqual([
      ...['zero', 'a', 'b', 'kube-admin', 'default', 'kube-baseline', 'last'],
    ]);
  });

  it('deny what no rule of theirs decides, or pass it', () => {
    const tiers = [tier('a', { order: 1 }), tier('b', { order: 2, defaultAction: 'Pass' })];
    const policies = ['a', 'b', 'default', 'kube-admin'].map(name => policy(name, '', { tier: name }));
    expect(tiersOf({ tiers, policies }).map(one => one.policies[0]?.ingress?.otherwise)).toEqual([
      ...['Deny', 'Pass', 'Pass', 'Deny'],
    ]);
  });

  it('hold the NetworkPolicies of Kubernetes in the default one', () => {
    const source = { kind: 'NetworkPolicy', namespace: 'shop', name: 'a' };
    const networkPolicies: readonly TierPolicy[] = [{ source, order: 1000, subject: { kind: 'all', of: [] } }];
    expect(tiersOf({ networkPolicies }).map(({ name, policies }) => [name, policies])).toEqual([
      ['default', networkPolicies],
    ]);
  });

  it('leave everything open where one is not there: nobody knows when it is asked', () => {
    const policies = [policy('p', '', { tier: 'nowhere', ingress: [{ action: 'Deny' }] })];
    const [first] = tiersOf({ policies });
    expect(first?.policies[0]?.ingress).toMatchObject({
      otherwise: 'Pass',
      rules: [
        { action: 'Allow', unknown: { path: 'spec.tier', why: 'Tier nowhere is not there: its order is not known' } },
        { action: 'Deny', unknown: { path: 'spec.tier' } },
      ],
    });
  });
});

describe('A policy of Calico in its tier', () => {
  it('may do anything where it is one of host endpoints', () => {
    const policies = [policy('p', '', { applyOnForward: true, ingress: [{ action: 'Allow' }] })];
    const rules = tiersOf({ policies })[0]?.policies[0]?.ingress?.rules ?? [];
    expect(rules.map(({ action, unknown }) => [action, unknown?.path])).toEqual([
      ['Allow', 'spec.applyOnForward'],
      ['Deny', 'spec.applyOnForward'],
      ['Allow', undefined],
    ]);
  });

  it.each<readonly [Fields, string]>([
    [{ source: { ports: [53] } }, 'spec.ingress[0].source.ports'],
    [{ source: { notPorts: [53] } }, 'spec.ingress[0].source.notPorts'],
    [{ source: { services: { name: 'a' } } }, 'spec.ingress[0].source.services'],
    [{ source: { selector: "kind == 'hosts'" } }, 'spec.ingress[0].source'],
    [{ source: { nets: ['10.0.0.0/8'] } }, ''],
  ])('names what of the rule %j is not judged', (fields, path) => {
    const sets = [{ ...set('s', '', { kind: 'hosts' }, []), incomplete: true }];
    const policies = [policy('p', '', { ingress: [{ action: 'Allow', protocol: 'UDP', ...fields }] })];
    expect(tiersOf({ policies, sets })[0]?.policies[0]?.ingress?.rules[0]?.unknown?.path ?? '').toBe(path);
  });

  it('asks of its own pod what the rule says of that end', () => {
    const policies = [
      policy('p', '', {
        ingress: [{ action: 'Allow', destination: { nets: ['10.0.0.0/8'] } }],
        egress: [{ action: 'Allow', source: { nets: ['10.0.0.0/9'] }, destination: { nets: ['10.128.0.0/9'] } }],
      }),
    ];
    const { ingress, egress } = tiersOf({ policies })[0]?.policies[0] ?? {};
    expect(ingress?.rules[0]?.own?.map(peerText)).toEqual(['10.0.0.0/8']);
    expect(ingress?.rules[0]?.peers.map(peerText)).toEqual(['any']);
    expect(egress?.rules[0]?.own?.map(peerText)).toEqual(['10.0.0.0/9']);
    expect(egress?.rules[0]?.peers.map(peerText)).toEqual(['10.128.0.0/9']);
  });
});

describe('An end of a rule', () => {
  const sets = [
    set('global', '', { kind: 'saas' }, ['192.0.2.0/24']),
    set('shop', 'shop', { kind: 'saas' }, ['198.51.100.0/24']),
    set('other', 'other', { kind: 'saas' }, ['203.0.113.0/24']),
  ];

  it.each<readonly [string, Fields, readonly string[]]>([
    ['', {}, ['any']],
    ['', { selector: "kind == 'saas'" }, ['expression', '192.0.2.0/24 198.51.100.0/24 203.0.113.0/24']],
    ['shop', { selector: "kind == 'saas'" }, ['expression', '198.51.100.0/24']],
    [
      'shop',
      { selector: "kind == 'saas'", namespaceSelector: 'all()' },
      ['expression', '198.51.100.0/24 203.0.113.0/24'],
    ],
    ['shop', { selector: "kind == 'saas'", namespaceSelector: "team == 'other'" }, ['expression', '203.0.113.0/24']],
    ['shop', { selector: "kind == 'saas'", namespaceSelector: 'global()' }, ['expression', '192.0.2.0/24']],
    ['', { selector: "kind == 'none'" }, ['expression']],
    [
      '',
      { nets: ['192.0.2.0/25'], selector: "kind == 'saas'" },
      ['all(expression, 192.0.2.0/25)', 'all(192.0.2.0/24 198.51.100.0/24 203.0.113.0/24, 192.0.2.0/25)'],
    ],
    ['', { notSelector: "kind == 'none'" }, ['none(expression)']],
    // In a namespace a notSelector means what is in that.
    [
      'shop',
      { notSelector: "kind == 'none'" },
      ['all(expression, none(expression))', 'all(198.51.100.0/24, none(expression))'],
    ],
    ['', { domains: ['example.com'] }, ['domains']],
  ])('of a policy in "%s" that says %j is %j', (namespace, source, expected) => {
    expect(peers(namespace, source, sets)).toEqual(expected);
  });
});
