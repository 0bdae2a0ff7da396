import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILTIN_DATA } from '../../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy, resolvePreset } from '../../../../src/core/gate/document/resolve.ts';
import type { GatePolicy } from '../../../../src/core/gate/types.ts';
import {
  type AddressSet,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESSES,
  toCidrs,
} from '../../../../src/core/net/addresses.ts';
import { parseCidr } from '../../../../src/core/net/cidr.ts';

function policyOf(spec: Readonly<Record<string, unknown>>): GatePolicy {
  const { policy, issues } = resolveGatePolicy({ spec }, BUILTIN_DATA);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return policy ?? expect.fail('no policy');
}

const has = (set: AddressSet, cidr: string): boolean =>
  !isNoAddress(intersectAddresses(set, parseCidr(cidr).range ?? NO_ADDRESSES));

/** The tier of an address: `metadata` is always protected. */
function tierOf(address: string, provider?: string): string {
  const { metadata, linkLocal } = policyOf(provider === undefined ? {} : { provider }).protectedNetworks;
  const cidr = `${address}/${address.includes(':') ? 128 : 32}`;
  return has(metadata, cidr) ? 'metadata' : has(linkLocal, cidr) ? 'link-local' : 'none';
}

describe('Metadata addresses have two tiers:', () => {
  it.each([
    ['169.254.169.254', undefined, 'metadata'],
    ['64:ff9b::a9fe:a9fe', undefined, 'metadata'],
    ['2002:a9fe:a9fe::1', undefined, 'metadata'],
    ['::a9fe:a9fe', undefined, 'metadata'],
    ['::ffff:0:a9fe:a9fe', undefined, 'metadata'],
    ['64:ff9b:1:2:3:4:5:6', undefined, 'metadata'],
    ['::a9fe:a9fd', undefined, 'link-local'],
    ['64:ff9b::a9fe:a9fe', 'gcp', 'metadata'],
    ['169.254.169.252', 'gcp', 'link-local'],
    ['169.254.170.23', 'aws', 'link-local'],
    ['fd00:ec2::254', undefined, 'link-local'],
    ['fd00:ec2::254', 'aws', 'metadata'],
    ['fd00:ec2::23', 'aws', 'link-local'],
    ['fd20:ce::254', 'gcp', 'metadata'],
    ['fd20:ce::254', 'aws', 'none'],
    ['fd20:ce::254', undefined, 'link-local'],
    ['100.100.100.200', undefined, 'link-local'],
    ['100.100.100.200', 'alibaba', 'metadata'],
    ['64:ff9b::6464:64c8', 'alibaba', 'metadata'],
    ['168.63.129.16', 'azure', 'metadata'],
    ['168.63.129.16', 'gcp', 'none'],
    ['192.0.0.192', 'oci', 'metadata'],
    ['fd00:c1::a9fe:a9fe', 'oci', 'metadata'],
    ['fe80::a9fe:a9fe', 'openstack', 'metadata'],
    ['fe80::a9fe:a9fe', undefined, 'link-local'],
    ['169.254.42.42', 'scaleway', 'metadata'],
    ['169.254.20.10', undefined, 'link-local'],
    ['169.253.255.255', undefined, 'none'],
    ['169.255.0.0', undefined, 'none'],
    ['8.8.8.8', 'azure', 'none'],
  ])('%s with provider %s is %s', (address, provider, tier) => {
    expect(tierOf(address, provider)).toBe(tier);
  });

  it('what is added is of the first, in its IPv6 forms too', () => {
    const { metadata, linkLocal } = policyOf({
      protectedNetworks: { metadata: ['169.254.20.10/32'] },
    }).protectedNetworks;
    expect([has(metadata, '169.254.20.10/32'), has(metadata, '64:ff9b::a9fe:140a/128')]).toEqual([true, true]);
    expect(has(linkLocal, '169.254.20.10/32')).toBe(false);
  });

  it('they never overlap, whatever the provider', () => {
    for (const { provider } of BUILTIN_DATA.metadataAddresses) {
      const { metadata, linkLocal } = policyOf(provider === 'any' ? {} : { provider }).protectedNetworks;
      expect(isNoAddress(intersectAddresses(metadata, linkLocal))).toBe(true);
    }
  });
});

describe('What is absent, and what is empty:', () => {
  it('a class of networks that is absent is not known, an empty one is none', () => {
    const { classes, extra, assumed } = policyOf({
      protectedNetworks: { pods: ['10.1.0.0/16'], nodes: [] },
    }).protectedNetworks;
    expect([classes.pods && toCidrs(classes.pods), classes.nodes, classes.services, classes.controlPlane]).toEqual([
      ['10.1.0.0/16'],
      NO_ADDRESSES,
      undefined,
      undefined,
    ]);
    expect([extra, toCidrs(assumed)]).toEqual([
      NO_ADDRESSES,
      ['10.0.0.0/8', '34.118.224.0/20', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
    ]);
  });

  it('gateways that are absent are assumed, an empty list is none', () => {
    expect(policyOf({}).gateways.kind).toBe('assumed');
    expect(policyOf({ gateways: [] }).gateways).toEqual({ kind: 'configured', grants: [] });
  });

  it('destinations that are absent are cluster DNS, given ones replace it, an empty list is none', () => {
    const destination = { name: 'd', to: [{ ipBlock: { cidr: '169.254.20.10/32' } }] };
    expect(policyOf({}).allowedDestinations).toEqual([
      {
        name: 'kube-dns',
        reason: "the cluster's DNS, as kubeadm, GKE, EKS, AKS, k3s and RKE2 label it",
        servesNamespaces: [],
        peers: [
          {
            kind: 'pods',
            path: 'spec.allowedDestinations[2].to[0]',
            namespaces: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: new Set(['kube-system']) }],
            pods: [{ key: 'k8s-app', operator: 'In', values: new Set(['kube-dns']) }],
          },
        ],
        ports: {
          kind: 'only',
          ports: [
            { kind: 'range', protocol: 'UDP', first: 53, last: 53 },
            { kind: 'range', protocol: 'TCP', first: 53, last: 53 },
          ],
        },
      },
    ]);
    expect(policyOf({ allowedDestinations: [destination] }).allowedDestinations.map(({ name }) => name)).toEqual(['d']);
    expect(policyOf({ allowedDestinations: [] }).allowedDestinations).toEqual([]);
  });

  it('a registry that is absent is none, an empty one approves nothing', () => {
    expect([policyOf({}).registry, policyOf({ registry: { servers: [] } }).registry]).toEqual([
      undefined,
      { servers: [], packages: [] },
    ]);
  });

  it('a registry of remote servers alone asks nothing of what runs in the cluster', () => {
    const remotes = [
      { host: 'mcp.vendor.example', owner: 'a' },
      { host: '10.1.2.3', port: 8080, owner: 'a' },
    ];
    const policy = policyOf({ registry: { remotes } });
    expect([policy.registry, policyOf({}).remotes]).toEqual([undefined, []]);
    expect(policy.remotes).toEqual([
      { host: 'mcp.vendor.example', port: 443, owner: 'a' },
      { host: '10.1.2.3', port: 8080, owner: 'a' },
    ]);
    expect(policyOf({ registry: { packages: [] } }).registry).toEqual({ servers: [], packages: [] });
  });

  it('mode changers that are absent are not known, empty ones are nobody', () => {
    expect(policyOf({}).modeChangers).toBeUndefined();
    expect(policyOf({ modeChangers: {} }).modeChangers).toEqual({ users: [], groups: [], serviceAccounts: [] });
  });

  it('null is absent', () => {
    expect(policyOf({ gateways: null, mode: null, registry: null })).toEqual(policyOf({}));
  });
});

describe('A document is laid over its preset:', () => {
  it('single rules', () => {
    const { levels } = policyOf({
      rules: { 'host-network': { level: 'off' }, 'gateway-locked-out': { level: 'deny' } },
    });
    expect(['host-network', 'gateway-locked-out', 'service-exposed'].map(id => levels.get(id))).toEqual([
      'off',
      'deny',
      'deny',
    ]);
  });

  it.each([
    ['baseline', undefined, true],
    ['baseline', false, false],
    ['restricted', undefined, false],
    ['restricted', true, true],
  ])('the opt-out label with %s and %s is honoured: %s', (preset, optOut, honoured) => {
    expect(policyOf({ preset, detection: optOut === undefined ? {} : { optOut } }).detection.honourOptOut).toBe(
      honoured,
    );
  });

  it('a signal that is switched off', () => {
    expect(policyOf({ detection: { disabled: ['port-name'] } }).detection.disabled).toEqual(new Set(['port-name']));
  });

  it('a rollout of which only the name is said audits for 30 days, and then asks for 7 clean ones', () => {
    expect(policyOf({}).rollout).toEqual([]);
    const named = {
      name: 'all',
      namespaces: [],
      schedule: { kind: 'days', start: undefined, auditDays: 30, warnDays: 0 },
      readyWhen: { cleanDays: 7, openFindings: 0 },
      atDate: 'hold',
      apply: 'label',
    };
    expect(policyOf({ rollout: [{ name: 'all' }] }).rollout).toEqual([named]);
    expect(policyOf({ rollout: [{ name: 'all', enforceFrom: '2026-12-31' }] }).rollout).toEqual([
      { ...named, schedule: { kind: 'dates', warnFrom: undefined, enforceFrom: '2026-12-31' } },
    ]);
  });

  it('a podSelector alone means the own namespace of the server', () => {
    const [grant] = policyOf({ gateways: [{ name: 'g', from: [{ podSelector: {} }] }] }).gateways.grants;
    expect(grant?.peers).toEqual([{ kind: 'pods', path: 'spec.gateways[0].from[0]', namespaces: 'own', pods: [] }]);
  });

  it('a document that says nothing is the preset', () => {
    expect(policyOf({})).toEqual(resolvePreset('baseline', BUILTIN_DATA));
    expect(policyOf({ preset: 'restricted' })).toEqual(resolvePreset('restricted', BUILTIN_DATA));
  });
});

describe('Whatever stands in a document,', () => {
  it('resolving it never throws, and there is a policy unless there is an error', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 5, withNullPrototype: true }), document => {
        const { policy, issues } = resolveGatePolicy(document, BUILTIN_DATA);
        expect(policy === undefined).toBe(issues.some(({ severity }) => severity === 'error'));
      }),
      { numRuns: 200 },
    );
  });
});
