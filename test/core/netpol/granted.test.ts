import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { NetworkPolicy } from '../../../src/core/kube/types.ts';
import { openingsOfPolicy } from '../../../src/core/netpol/effective.ts';
import { type Granted, granted, namedPodsBeyond, openedPods, podsBeyond } from '../../../src/core/netpol/granted.ts';
import { policyOf } from '../../support/reviews.ts';
import { decoded } from '../../support/workload.ts';

const DNS = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
};
const WEB = { podSelector: { matchLabels: { app: 'web' } } };
const SERVER = { namespace: 'shop', namespaceLabels: new Map([['team', 'a']]), containerPorts: [] };

/** What these destinations grant to a server of namespace `shop`. */
const grantedBy = (...allowedDestinations: readonly Fields[]): Granted =>
  granted(policyOf({ allowedDestinations }).allowedDestinations, SERVER);
const destination = (to: readonly object[], ports?: readonly object[], more: Fields = {}): Fields => ({
  name: `d-${JSON.stringify([to, ports])}`,
  to,
  ...(ports && { ports }),
  ...more,
});
const openings = (to: readonly object[] | undefined, ports?: readonly object[]) => {
  const policy = decoded({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p', namespace: 'shop' },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ...(to && { to }), ...(ports && { ports }) }] },
  }) as NetworkPolicy;
  return openingsOfPolicy(policy, []).egress;
};
const tcp = (port: number | string): object => ({ protocol: 'TCP', port });
const udp = (port: number | string): object => ({ protocol: 'UDP', port });

describe('Pods that an opening lets out to and no grant does', () => {
  const ALL = [tcp('web'), udp('web'), tcp(53)];
  // biome-ignore format: one line a case
  test.each<[what: string, to: readonly object[] | undefined, ports: readonly object[] | undefined, grants: readonly Fields[], numbered: boolean, named: boolean]>([
    ['are none, on the granted port', [DNS], [tcp(53)], [destination([DNS], [tcp(53)])], false, false],
    ['are there on another port', [DNS], [tcp(54)], [destination([DNS], [tcp(53)])], true, false],
    ['are there on another protocol', [DNS], [udp(53)], [destination([DNS], [tcp(53)])], true, false],
    ['are there on every port', [DNS], undefined, [destination([DNS], [tcp(53)])], true, false],
    ['are none on any port, where all are granted', [DNS], undefined, [destination([DNS])], false, false],
    ['are others', [WEB], [tcp(53)], [destination([DNS], [tcp(53)])], true, false],
    ['are none of the own namespace, where those are granted', [WEB], [tcp(80)], [destination([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }])], false, false],
    ['are all, without a peer', undefined, [tcp(53)], [destination([DNS], [tcp(53)])], true, false],
    ['are none, by addresses', [{ ipBlock: { cidr: '10.0.0.0/8' } }], ALL, [], false, false],
    ['are none by a granted name', [DNS], [tcp('web')], [destination([DNS], [tcp('web')])], false, false],
    ['are there by another name', [DNS], [tcp('sql')], [destination([DNS], [tcp('web')])], false, true],
    ['are there by the name for another protocol', [DNS], [udp('web')], [destination([DNS], [tcp('web')])], false, true],
    ['are none by any name, where every port of the protocol is granted', [DNS], [tcp('web'), tcp('sql')], [destination([DNS], [{ protocol: 'TCP' }])], false, false],
    ['are there by the second name, where the first is granted', [DNS], [tcp('web'), tcp('sql')], [destination([DNS], [tcp('web')])], false, true],
    ['are there by the first name, where the second is granted', [DNS], [tcp('sql'), tcp('web')], [destination([DNS], [tcp('web')])], false, true],
    ['are none by two names, each granted by itself', [DNS], [tcp('sql'), tcp('web')], [destination([DNS], [tcp('web')]), destination([DNS], [tcp('sql')])], false, false],
    ['are there by a name that is granted for others', [DNS], [tcp('web')], [destination([WEB], [tcp('web')])], false, true],
    ['are there by names of two protocols, where one is granted', [DNS], [tcp('web'), udp('web')], [destination([DNS], [tcp('web')])], false, true],
  ])('%s', (_, to, ports, grants, numbered, named) => {
    const by = grantedBy(...grants);
    const all = openings(to, ports);
    expect([all.some(one => podsBeyond(one, by).length > 0), all.some(one => namedPodsBeyond(one, by).length > 0)]).toEqual([numbered, named]);
  });

  test('are looked for among pods, and nowhere else', () => {
    expect(openings([WEB]).map(one => openedPods(one) !== undefined)).toEqual([true]);
    expect(openings(undefined).map(one => openedPods(one))).toMatchObject([{ namespaces: [], pods: [] }]);
    expect(openings([{ ipBlock: { cidr: '10.0.0.0/8' } }]).map(one => openedPods(one))).toEqual([undefined]);
  });
});

describe('A grant', () => {
  const count = ({ pods, boxes }: Granted): readonly [number, number] => [pods.length, boxes.length];
  test('is for the namespaces that it serves', () => {
    const serves = (team: string): Fields => ({ servesNamespaces: { matchLabels: { team } } });
    expect(count(grantedBy(destination([DNS], undefined, serves('a'))))).toEqual([1, 0]);
    expect(count(grantedBy(destination([DNS], undefined, serves('b'))))).toEqual([0, 0]);
  });

  // biome-ignore format: one line a case
  test.each<[what: string, cidr: string, ports: readonly object[] | undefined, isExact: boolean]>([
    ['one address and one port', '10.0.0.1/32', [tcp(53)], true],
    ['one address and several ports', '10.0.0.1/32', [tcp(53), udp(53)], true],
    ['one address of IPv6', 'fd00::1/128', [tcp(53)], true],
    ['a block', '10.0.0.0/31', [tcp(53)], false],
    ['one address and a range', '10.0.0.1/32', [{ protocol: 'TCP', port: 53, endPort: 54 }], false],
    ['one address and a protocol', '10.0.0.1/32', [{ protocol: 'TCP' }], false],
    ['one address and every port', '10.0.0.1/32', undefined, false],
  ])('is exact, or not, of %s', (_, cidr, ports, isExact) => {
    expect(grantedBy(destination([{ ipBlock: { cidr } }], ports)).boxes.map(box => box.isExact)).toEqual([isExact]);
  });
});
