import { describe, expect, it } from 'vitest';
import metadataAddresses from '../../policies/metadata-addresses.json' with { type: 'json' };
import { createDecoder } from '../../src/core/kube/decode.ts';
import { parseCidr, specifiedBy } from '../../src/core/net/cidr.ts';
import { type Address, type Family, formatAddress, parseAddress } from '../../src/core/net/ip.ts';
import { withIPv6Forms } from '../../src/core/net/ipv6-forms.ts';
import { createReach } from '../../src/core/netpol/reach.ts';
import type { ReachEndpoint } from '../../src/core/netpol/reach-pods.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { DEPLOYMENTS, type ShippedObject, shippedObjects } from '../support/shipped-objects.ts';

/** The NetworkPolicies of the gate's own Pods, by the program's own judge of connections. */

const SYSTEM = 'chokepoint-system';

/** A Pod as its ReplicaSet makes it. */
const podOf = ({ metadata, spec }: ShippedObject): ShippedObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: metadata.name, namespace: SYSTEM, labels: spec.template.metadata.labels },
  spec: spec.template.spec,
});

const decode = createDecoder();
const world = buildWorld(
  [...shippedObjects('base/40-network-policy.yaml'), ...DEPLOYMENTS.map(podOf)].flatMap(value => {
    const decoded = decode(value);
    return decoded.kind === 'object' ? [decoded.object] : expect.fail(value.metadata.name);
  }),
);
const reach = createReach(world);

const POD_NAMES = DEPLOYMENTS.map(({ metadata }) => metadata.name);
const pod = (name: string): ReachEndpoint => ({ kind: 'pod', namespace: SYSTEM, name });
const ip = (address: Address): ReachEndpoint => ({ kind: 'ip', address });
const at = (text: string): Address => parseAddress(text) ?? expect.fail(text);

function isAllowed(from: ReachEndpoint, to: ReachEndpoint, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): boolean {
  const answer = reach({ from, to, port, protocol });
  return 'allowed' in answer && answer.allowed !== null ? answer.allowed : expect.fail(JSON.stringify(answer));
}

/** First, middle and last address of each block and of each of its forms in IPv6. */
function samplesOf(cidr: string): readonly Address[] {
  const { v4, v6 } = withIPv6Forms(specifiedBy(parseCidr(cidr)));
  const of = (family: Family, { first, last }: { readonly first: bigint; readonly last: bigint }): readonly Address[] =>
    [first, (first + last) / 2n, last].map(value => ({ family, value }));
  return [...v4.flatMap(interval => of(4, interval)), ...v6.flatMap(interval => of(6, interval))];
}

describe.each(POD_NAMES)('%s', name => {
  const blocks = metadataAddresses.addresses.map(({ provider, cidr }) => [provider, cidr] as const);

  it.each(blocks)('does not reach the metadata service of %s at %s, in none of its forms', (_provider, cidr) => {
    const reached = samplesOf(cidr).flatMap(address =>
      [443, 6443].filter(port => isAllowed(pod(name), ip(address), port)).map(port => [formatAddress(address), port]),
    );
    expect(reached).toEqual([]);
  });

  it.each(['10.96.0.1', '172.20.0.1', '192.168.1.1', '203.0.113.9', 'fd00:10:96::1', '2001:db8::1'])(
    'reaches an API server at %s',
    address => {
      expect([443, 6443].map(port => isAllowed(pod(name), ip(at(address)), port))).toEqual([true, true]);
    },
  );

  it.each([
    [53, 'UDP'],
    [53, 'TCP'],
    [80, 'TCP'],
    [443, 'UDP'],
    [8443, 'TCP'],
    [10250, 'TCP'],
  ] as const)('reaches nobody at %i/%s', (port, protocol) => {
    expect(isAllowed(pod(name), ip(at('10.96.0.1')), port, protocol)).toBe(false);
  });
});

describe.each([
  ['chokepoint-webhook', [8080, 8443]],
  ['chokepoint-controller', [8080]],
] as const)('%s', (name, open) => {
  it('is reached at its named ports alone, whoever asks', () => {
    const ports = [22, 80, 443, 8080, 8443, 9443, 10250];
    for (const source of ['10.0.0.1', '203.0.113.9', '2001:db8::1']) {
      expect(ports.filter(port => isAllowed(ip(at(source)), pod(name), port))).toEqual(open);
      expect(ports.filter(port => isAllowed(ip(at(source)), pod(name), port, 'UDP'))).toEqual([]);
    }
  });
});

it('the controller asks the webhook what it counts, and nothing else', () => {
  const ports = [22, 80, 443, 8080, 8443, 10250];
  expect(ports.filter(port => isAllowed(pod('chokepoint-controller'), pod('chokepoint-webhook'), port))).toEqual([
    8080,
  ]);
  expect(ports.filter(port => isAllowed(pod('chokepoint-webhook'), pod('chokepoint-controller'), port))).toEqual([]);
});
