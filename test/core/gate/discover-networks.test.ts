import { describe, expect, test } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import { discoverNetworks, type NetworkFacts, withDiscovered } from '../../../src/core/gate/discover-networks.ts';
import type { ProtectedNetworks } from '../../../src/core/gate/types.ts';
import { NO_ADDRESSES, toCidrs } from '../../../src/core/net/addresses.ts';
import { parseCidr } from '../../../src/core/net/cidr.ts';

const NOTHING: NetworkFacts = { serviceCidrs: [], podCidrs: [], nodeAddresses: [], apiServerAddresses: [] };
const FACTS: NetworkFacts = {
  serviceCidrs: ['10.96.0.0/12', 'fd00:96::/112'],
  podCidrs: ['10.244.0.0/24', '10.244.1.0/24'],
  nodeAddresses: ['192.0.2.10', '192.0.2.11', '2001:db8::10'],
  apiServerAddresses: ['192.0.2.1'],
};

const shown = (facts: NetworkFacts) =>
  discoverNetworks(facts).map(network => [network.class, toCidrs(network.addresses).join(' '), network.isWhole]);

describe('a cluster tells of', () => {
  test.each<[string, NetworkFacts, readonly unknown[]]>([
    ['nothing where it says nothing', NOTHING, []],
    [
      'every class that it has facts of, and only its services as a whole',
      FACTS,
      [
        ['pods', '10.244.0.0/23', false],
        ['services', '10.96.0.0/12 fd00:96::/112', true],
        ['nodes', '192.0.2.10/31 2001:db8::10/128', false],
        ['controlPlane', '192.0.2.1/32', false],
      ],
    ],
    [
      'an IPv4 address that is written as IPv6 under its own family',
      { ...NOTHING, apiServerAddresses: ['::ffff:192.0.2.1'] },
      [['controlPlane', '192.0.2.1/32', false]],
    ],
    [
      'nothing by text that is no address and no block',
      {
        serviceCidrs: ['10.96.0.0'],
        podCidrs: [''],
        nodeAddresses: ['node-1', '10.0.0.0/8'],
        apiServerAddresses: ['x'],
      },
      [],
    ],
  ])('%s', (_, facts, expected) => {
    expect(shown(facts)).toEqual(expected);
  });
});

const rangeOf = (text: string) => parseCidr(text).range ?? NO_ADDRESSES;
const UNKNOWN = builtinGatePolicy().protectedNetworks;
const merged = (networks: ProtectedNetworks) => {
  const { classes, seen } = withDiscovered(networks, discoverNetworks(FACTS));
  const text = (set: (typeof classes)['pods']) => (set === undefined ? 'unknown' : toCidrs(set).join(' '));
  return {
    classes: [classes.pods, classes.services, classes.nodes, classes.controlPlane].map(text),
    seen: [seen.pods, seen.services, seen.nodes, seen.controlPlane].map(text),
  };
};

describe('what was discovered', () => {
  test('makes the services known, and of the other classes protects what was seen', () => {
    expect(merged(UNKNOWN)).toEqual({
      classes: ['unknown', '10.96.0.0/12 fd00:96::/112', 'unknown', 'unknown'],
      seen: ['10.244.0.0/23', '', '192.0.2.10/31 2001:db8::10/128', '192.0.2.1/32'],
    });
  });

  test('never replaces a class that the configuration gives, an empty one neither', () => {
    const classes = {
      pods: rangeOf('10.0.0.0/16'),
      services: rangeOf('10.200.0.0/24'),
      nodes: NO_ADDRESSES,
      controlPlane: NO_ADDRESSES,
    };
    expect(merged({ ...UNKNOWN, classes })).toEqual({
      classes: ['10.0.0.0/16', '10.200.0.0/24', '', ''],
      seen: ['', '', '', ''],
    });
  });

  test('leaves everything else of the networks as it was', () => {
    const { classes: _, seen: __, ...rest } = withDiscovered(UNKNOWN, discoverNetworks(FACTS));
    const { classes: ___, seen: ____, ...before } = UNKNOWN;
    expect(rest).toEqual(before);
  });
});
