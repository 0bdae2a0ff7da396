import { describe, expect, test } from 'vitest';
import { rangeGaps } from '../../../src/app/report/range-gaps.ts';
import { policyOf } from '../../support/reviews.ts';

describe('Addresses in use outside the ranges', () => {
  const { protectedNetworks } = policyOf({
    protectedNetworks: {
      pods: ['10.244.0.0/16'],
      nodes: ['192.168.0.0/24'],
      services: ['10.96.0.0/12', 'fd00:10::/64'],
      extra: ['203.0.113.0/24'],
    },
  });
  const seen = (name: 'pods' | 'nodes' | 'services' | 'controlPlane', ...texts: readonly string[]) =>
    texts.map(text => ({ class: name, text, holder: `holder of ${text}` }));
  const gaps = (
    ...observed: readonly (readonly {
      class: 'pods' | 'nodes' | 'services' | 'controlPlane';
      text: string;
      holder: string;
    }[])[]
  ): readonly string[] =>
    rangeGaps(protectedNetworks, observed.flat()).map(({ field, message }) => `${field}: ${message}`);
  const said = (name: string, blocks: string, first: string): string =>
    `spec.protectedNetworks.${name}: the cluster uses addresses outside the ranges that are given for ${name}: ${blocks} (the first is of holder of ${first}); add their range`;

  // biome-ignore format: one line a case
  test.each<[what: string, observed: ReturnType<typeof seen>, gaps: readonly string[]]>([
    ['are none where all is inside', seen('pods', '10.244.3.4', '10.244.255.0/24'), []],
    ['are told with who has the first', seen('pods', '10.244.0.1', '10.245.0.1', '10.246.0.0/16'), [said('pods', '10.245.0.1/32, 10.246.0.0/16', '10.245.0.1')]],
    ['are none where another class protects them', seen('pods', '192.168.0.7', '203.0.113.9'), []],
    ['are told of a block that is partly inside', seen('services', '10.96.0.0/11'), [said('services', '10.112.0.0/12', '10.96.0.0/11')]],
    ['are told of IPv6', seen('services', 'fd00:10::1', 'fd00:11::1'), [said('services', 'fd00:11::1/128', 'fd00:11::1')]],
    ['are not told of a class that is not configured', seen('controlPlane', '172.16.0.2'), []],
    ['are none where the text is no address', seen('pods', 'x', 'x/y', ''), []],
    ['are told class by class', [...seen('nodes', '10.0.0.1'), ...seen('pods', '10.1.0.1')], [said('pods', '10.1.0.1/32', '10.1.0.1'), said('nodes', '10.0.0.1/32', '10.0.0.1')]],
    ['name four blocks, and count the others', seen('pods', '10.1.0.1', '10.2.0.1', '10.3.0.1', '10.4.0.1', '10.5.0.1'), [said('pods', '10.1.0.1/32, 10.2.0.1/32, 10.3.0.1/32, 10.4.0.1/32 and 1 more', '10.1.0.1')]],
  ])('%s', (_, observed, expected) => {
    expect(gaps(observed)).toEqual(expected);
  });
});
