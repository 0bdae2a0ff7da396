import { describe, expect, test } from 'vitest';
import { gatePolicyText, notSeenLines, rangesText } from '../../../src/app/cidrs/output.ts';
import { type Range, type RangeClass, readBlock, type SeenRanges } from '../../../src/app/cidrs/ranges.ts';
import { readPlainAddress } from '../../../src/core/net/ip.ts';

const range = (name: RangeClass, cidr: string, from = 'field of Node a', label: string = name): Range => {
  const block = readBlock(cidr, readPlainAddress);
  if (typeof block === 'string') throw new Error(block);
  return { ...block, class: name, from, label };
};
const seen = (more: Partial<SeenRanges> = {}): SeenRanges => ({
  source: 'cluster',
  subject: 'the cluster at x',
  mark: 'cluster x',
  provider: undefined,
  ranges: [],
  notSeen: [],
  covered: [],
  problems: [],
  ...more,
});
const PODS = range('pods', '10.244.0.0/16');
const HEAD =
  '# Ranges of the cluster at x, as chokepoint cidrs cluster reads them.\napiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nmetadata:\n  name: default\nspec:\n';

describe('A GatePolicy of what was seen', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, seen: Partial<SeenRanges>, lines: string]>([
    ['says nothing of what was not seen', {}, '  protectedNetworks:\n'],
    ['names the provider', { provider: 'gcp' }, '  provider: gcp\n  protectedNetworks:\n'],
    ['says where each block comes from', { ranges: [PODS] }, '  protectedNetworks:\n    pods:\n    - 10.244.0.0/16 # cluster x: field of Node a\n'],
    ['says what more there may be', { ranges: [PODS], notSeen: [{ class: 'pods', reason: 'only now' }] }, '  protectedNetworks:\n    pods:\n    - 10.244.0.0/16 # cluster x: field of Node a\n    # pods: not seen: only now\n'],
    ['says why a class is not there', { notSeen: [{ class: 'nodes', reason: 'no right' }] }, '  protectedNetworks:\n    # nodes: not seen: no right\n'],
    ['says that a class is inside others', { covered: ['controlPlane'] }, '  protectedNetworks:\n    controlPlane: []\n'],
    ['says that a class is inside others, as far as is seen', { covered: ['nodes'], notSeen: [{ class: 'nodes', reason: 'x' }] }, '  protectedNetworks:\n    # nodes: not seen: x\n    nodes: []\n'],
  ])('%s', (_, more, lines) => {
    expect(gatePolicyText(seen(more)).replace(/^(?: {4})- /gm, '    - ')).toBe(`${HEAD}${lines}`);
  });
});

describe('A list for an except', () => {
  const METADATA = '- 169.254.169.254/32 # metadata\n';
  const list = (more: Partial<SeenRanges>): string => rangesText(seen(more), 'list');

  test('holds each block once, by its first class, and the metadata address', () => {
    const ranges = [
      range('pods', '10.0.0.0/16', 'x', 'pods'),
      range('nodes', '10.0.0.0/16', 'x', 'nodes'),
      range('services', '10.96.0.0/12', 'x', 'services'),
    ];
    expect(list({ ranges })).toBe(`- 10.0.0.0/16 # nodes\n- 10.96.0.0/12 # services\n${METADATA}`);
  });

  test('holds IPv6 apart, where some was seen', () => {
    expect(list({ ranges: [PODS] })).not.toContain('::/0');
    const [v4, v6] = list({ provider: 'aws', ranges: [PODS, range('pods', 'fd00::/64')] }).split(
      '# for the except of ::/0:\n',
    );
    expect(v4).toBe(`- 10.244.0.0/16 # pods\n${METADATA}`);
    expect(v6).toBe('- fd00::/64 # pods\n- fd00:ec2::254/128 # metadata\n');
  });

  test('holds what the provider has besides, and no other one', () => {
    const azure = list({ provider: 'azure', source: 'aks' });
    expect(azure).toContain('168.63.129.16/32 # Azure metadata');
    expect(list({ provider: 'gcp', source: 'gke' })).not.toContain('168.63.129.16');
    expect(
      [list({ provider: 'gcp', source: 'gke' }), list({ provider: 'aws', source: 'eks' })].map(
        text => text.split('\n')[0],
      ),
    ).toEqual(['- 169.254.169.254/32 # GCP metadata', '- 169.254.169.254/32 # AWS metadata']);
  });
});

test('As JSON, all classes are there, with their sources and what was not seen', () => {
  const text = rangesText(
    seen({ ranges: [PODS, range('extra', '10.9.0.0/16', 'y')], notSeen: [{ class: 'nodes', reason: 'x' }] }),
    'json',
  );
  expect(JSON.parse(text)).toEqual({
    protectedNetworks: { pods: ['10.244.0.0/16'], services: [], nodes: [], controlPlane: [], extra: ['10.9.0.0/16'] },
    sources: [
      { cidr: '10.244.0.0/16', class: 'pods', from: 'field of Node a' },
      { cidr: '10.9.0.0/16', class: 'extra', from: 'y' },
    ],
    notSeen: [{ class: 'nodes', reason: 'x' }],
  });
});

test('What was not seen is a line each, safe on a terminal', () => {
  expect(
    notSeenLines(
      seen({
        notSeen: [
          { class: 'nodes', reason: 'a\nb\u001b' },
          { class: 'pods', reason: 'c' },
        ],
      }),
    ),
  ).toBe('nodes: not seen: a b\npods: not seen: c\n');
});
