import { describe, expect, test } from 'vitest';
import type { OpenTraffic } from '../../../src/core/decision.ts';
import type { PodPeer, Requirement } from '../../../src/core/kube/types.ts';
import { ALL_ADDRESSES, hasAddress } from '../../../src/core/net/addresses.ts';
import { parseCidr, specifiedBy } from '../../../src/core/net/cidr.ts';
import { parseAddress } from '../../../src/core/net/ip.ts';
import { ALL_PORTS, portRange, unionPorts } from '../../../src/core/net/ports.ts';
import { openBefore, openBoxes, openPods, openToAll } from '../../../src/core/netpol/open-traffic.ts';
import { createRandom } from '../../support/random.ts';

const cidr = (text: string) => specifiedBy(parseCidr(text));
const requirement = (key: string, ...values: readonly string[]): Requirement => ({
  key,
  operator: 'In',
  values: new Set(values),
});
const peer = (pods: readonly Requirement[], namespaces: PodPeer['namespaces'] = 'own'): PodPeer => ({
  kind: 'pods',
  path: 'spec.ingress[0].from[0]',
  namespaces,
  pods,
});

describe('traffic is written', () => {
  test.each<readonly [title: string, traffic: readonly OpenTraffic[], expected: readonly OpenTraffic[]]>([
    [
      'as ranges of addresses and ports',
      openBoxes([{ addresses: cidr('10.0.0.0/24'), ports: portRange('TCP', 80, 90) }]),
      [{ peers: ['10.0.0.0-10.0.0.255'], ports: ['TCP 80-90'] }],
    ],
    [
      'one address and one port by itself',
      openBoxes([{ addresses: cidr('fd00::1/128'), ports: portRange('UDP', 53, 53) }]),
      [{ peers: ['fd00::1'], ports: ['UDP 53'] }],
    ],
    [
      'every address, family by family',
      openBoxes([{ addresses: ALL_ADDRESSES, ports: ALL_PORTS }]),
      [{ peers: ['0.0.0.0-255.255.255.255', '::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], ports: ['any'] }],
    ],
    ['everybody as such', openToAll(ALL_PORTS), [{ peers: ['any'], ports: ['any'] }]],
    [
      'protocols without ports',
      openToAll({ ...portRange('TCP', 1, 2), other: true }),
      [{ peers: ['any'], ports: ['TCP 1-2', 'other'] }],
    ],
    [
      'pods by their selectors, in one order',
      openPods(peer([requirement('b', 'y', 'x'), requirement('a', 'z')]), 'shop', portRange('TCP', 80, 80)),
      [{ peers: ['pods {a In z, b In x y} in namespaces {kubernetes.io/metadata.name In shop}'], ports: ['TCP 80'] }],
    ],
    [
      'a port by name as any number',
      openPods(peer([], []), 'shop', portRange('TCP', 80, 80), [{ kind: 'named', protocol: 'UDP', name: 'dns' }]),
      [{ peers: ['pods {} in namespaces {} on UDP dns'], ports: ['TCP 80', 'UDP 1-65535'] }],
    ],
  ])('%s', (_title, traffic, expected) => {
    expect(traffic).toEqual(expected);
  });
});

describe('what was open before', () => {
  const block = (peers: string, ports: string): OpenTraffic => ({ peers: peers.split(', '), ports: ports.split(', ') });
  test.each<readonly [title: string, known: readonly OpenTraffic[], now: readonly OpenTraffic[], expected: boolean]>([
    ['the same', [block('10.0.0.0-10.0.0.255', 'TCP 80')], [block('10.0.0.0-10.0.0.255', 'TCP 80')], true],
    ['less of the addresses', [block('10.0.0.0-10.0.0.255', 'TCP 80')], [block('10.0.0.7', 'TCP 80')], true],
    ['more of the addresses', [block('10.0.0.0-10.0.0.255', 'TCP 80')], [block('10.0.0.0-10.0.1.0', 'TCP 80')], false],
    ['other addresses', [block('10.0.0.0-10.0.0.255', 'TCP 80')], [block('10.0.1.0', 'TCP 80')], false],
    ['fewer ports', [block('10.0.0.1', 'TCP 1-100')], [block('10.0.0.1', 'TCP 80')], true],
    ['more ports', [block('10.0.0.1', 'TCP 80')], [block('10.0.0.1', 'TCP 80, TCP 443')], false],
    ['another protocol', [block('10.0.0.1', 'TCP 80')], [block('10.0.0.1', 'UDP 80')], false],
    [
      'protocols without ports',
      [block('10.0.0.1', 'TCP 1-65535, UDP 1-65535, SCTP 1-65535')],
      [block('10.0.0.1', 'any')],
      false,
    ],
    [
      'together in two parts',
      [block('10.0.0.0-10.0.0.7', 'TCP 80'), block('10.0.0.8-10.0.0.15', 'TCP 80')],
      [block('10.0.0.0-10.0.0.15', 'TCP 80')],
      true,
    ],
    [
      'not every pair of two parts',
      [block('10.0.0.1', 'TCP 80'), block('10.0.0.2', 'TCP 443')],
      [block('10.0.0.1, 10.0.0.2', 'TCP 80, TCP 443')],
      false,
    ],
    ['addresses where everybody was let in', [block('any', 'TCP 80')], [block('10.0.0.1', 'TCP 80')], true],
    ['pods where everybody was let in', [block('any', 'TCP 80')], [block('pods {} in namespaces {}', 'TCP 80')], true],
    [
      'everybody where all addresses were let in',
      [block('0.0.0.0-255.255.255.255', 'any')],
      [block('any', 'any')],
      false,
    ],
    ['pods of the same selectors', [block('pods {a In b}', 'any')], [block('pods {a In b}', 'TCP 80')], true],
    ['pods of other selectors', [block('pods {a In b}', 'any')], [block('pods {}', 'TCP 80')], false],
    ['pods on more ports', [block('pods {}', 'TCP 80')], [block('pods {}', 'any')], false],
    ['nothing in what cannot be read', [block('10.0.0.9-10.0.0.1', 'TCP 80')], [block('10.0.0.5', 'TCP 80')], false],
    ['nothing on a port that is none', [block('10.0.0.1', 'TCP x')], [block('10.0.0.1', 'TCP 80')], false],
    ['nothing of the other family', [block('::-ffff::', 'any')], [block('10.0.0.1', 'any')], false],
    ['nothing where nothing was', [], [block('10.0.0.1', 'TCP 80')], false],
  ])('%s', (_title, known, now, expected) => {
    expect(openBefore(known)(now)).toBe(expected);
  });

  test('is as a count of single addresses and ports says', () => {
    const random = createRandom(11);
    const part = (): OpenTraffic => {
      const [first, port] = [random.int(12), 1 + random.int(6)];
      return {
        peers: [`10.0.0.${first}-10.0.0.${first + random.int(6)}`],
        ports: [`${random.pick(['TCP', 'UDP'])} ${port}-${port + random.int(4)}`],
      };
    };
    const single = (traffic: readonly OpenTraffic[]): ReadonlySet<string> =>
      new Set(
        traffic.flatMap(({ peers: [range = ''], ports: [text = ''] }) => {
          const [from = 0, to = 0] = range.split('-').map(one => Number(one.split('.').at(-1)));
          const [protocol = '', numbers = ''] = text.split(' ');
          const [low = 0, high = 0] = numbers.split('-').map(Number);
          const all: string[] = [];
          for (let one = from; one <= to; one += 1)
            for (let number = low; number <= high; number += 1) all.push(`${one} ${protocol} ${number}`);
          return all;
        }),
      );
    for (let round = 0; round < 2000; round += 1) {
      const [known, now] = [random.times(random.int(5), part), random.times(1 + random.int(2), part)];
      expect(openBefore(known)(now)).toBe(single(now).isSubsetOf(single(known)));
    }
  });
});

test('written and read again it is the same traffic', () => {
  const boxes = [
    { addresses: cidr('10.1.0.0/17'), ports: unionPorts([portRange('TCP', 5, 9), portRange('SCTP', 1, 1)]) },
  ];
  const [written] = openBoxes(boxes);
  expect(openBefore(openBoxes(boxes))(openBoxes(boxes))).toBe(true);
  const last = parseAddress(written?.peers[0]?.split('-')[1] ?? '');
  expect(last && hasAddress(cidr('10.1.0.0/17'), last)).toBe(true);
});
