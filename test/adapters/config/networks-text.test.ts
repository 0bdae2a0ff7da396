import { describe, expect, test } from 'vitest';
import { readGatePolicy } from '../../../src/adapters/config/document.ts';
import { changeNetworks, readConfiguredNetworks } from '../../../src/adapters/config/networks-text.ts';
import { commentOf, gatePolicyText } from '../../../src/app/cidrs/output.ts';
import { changeLines, planChange } from '../../../src/app/cidrs/plan-change.ts';
import type { SeenRanges } from '../../../src/app/cidrs/ranges.ts';
import { gcpSubnet, gkeCluster, type Json, readJson } from '../../support/cloud-answers.ts';

const seenOf = (cluster: Json = {}, subnet: Json = {}): SeenRanges => ({
  ...readJson('gke', gkeCluster(cluster), gcpSubnet(subnet)).seen,
});
const SEEN = seenOf();

const plan = (text: string, seen = SEEN) => planChange(seen, readConfiguredNetworks(text.replaceAll('\r\n', '\n')));
const change = (text: string, seen = SEEN): string | undefined =>
  changeNetworks(text, plan(text, seen), range => commentOf(seen, range));
const HEAD = 'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\n';
const LINES = {
  pods: '- 172.20.0.0/16 # gke prod: clusterIpv4Cidr of cluster prod',
  services: '- 172.21.0.0/17 # gke prod: servicesIpv4Cidr of cluster prod',
  nodes: '- 10.10.10.0/24 # gke prod: ipCidrRange of subnet nodes',
  controlPlane: '- 10.0.0.0/28 # gke prod: privateClusterConfig.masterIpv4CidrBlock of cluster prod',
};
const block = (name: keyof typeof LINES, indent = '    ', dash = indent): string =>
  `${indent}${name}:\n${dash}${LINES[name]}\n`;

/** A configuration, and what becomes of it. */
describe('what is lacking is put in where it belongs, and all else stays', () => {
  test.each<[what: string, before: string, after: string]>([
    [
      'into a spec without networks',
      `${HEAD}spec:\n  mode: audit # for now\n`,
      `${HEAD}spec:\n  mode: audit # for now\n  protectedNetworks:\n${block('pods')}${block('services')}${block('nodes')}${block('controlPlane')}`,
    ],
    [
      'before the next document',
      `${HEAD}spec:\n  mode: audit\n---\nkind: ConfigMap\n`,
      `${HEAD}spec:\n  mode: audit\n  protectedNetworks:\n${block('pods')}${block('services')}${block('nodes')}${block('controlPlane')}---\nkind: ConfigMap\n`,
    ],
    [
      'into the document of its kind',
      `# first\nkind: ConfigMap\n---\n${HEAD}spec: {}\n`,
      `# first\nkind: ConfigMap\n---\n${HEAD}spec: {protectedNetworks: {pods: [172.20.0.0/16], services: [172.21.0.0/17], nodes: [10.10.10.0/24], controlPlane: [10.0.0.0/28]}}\n`,
    ],
    [
      'behind the blocks of a list, in the order of the file, with every comment',
      `${HEAD}spec:
  protectedNetworks: # agreed with the network team
    # the old cluster
    nodes:
      - 10.4.0.0/22 # until March
      # and its successor
      - 10.8.0.0/22
    pods:
      - 172.16.0.0/12 # all of it

  mode: audit
`,
      `${HEAD}spec:
  protectedNetworks: # agreed with the network team
    # the old cluster
    nodes:
      - 10.4.0.0/22 # until March
      # and its successor
      - 10.8.0.0/22
      ${LINES.nodes}
    pods:
      - 172.16.0.0/12 # all of it
${block('services', '    ', '      ')}${block('controlPlane', '    ', '      ')}
  mode: audit
`,
    ],
    [
      'into lists in brackets',
      `${HEAD}spec:\n  protectedNetworks:\n    pods: [10.4.0.0/14]\n    services: []\n    nodes: [ "10.128.0.0/20" ] # all zones\n    controlPlane: [10.0.0.0/28]\n`,
      `${HEAD}spec:\n  protectedNetworks:\n    pods: [10.4.0.0/14, 172.20.0.0/16]\n    services: [172.21.0.0/17]\n    nodes: [ "10.128.0.0/20", "10.10.10.0/24" ] # all zones\n    controlPlane: [10.0.0.0/28]\n`,
    ],
    [
      'into a document of JSON',
      '{"apiVersion": "chokepoint.dev/v1alpha1", "kind": "GatePolicy", "spec": {"protectedNetworks": {"pods": ["172.16.0.0/12"]}}}\n',
      '{"apiVersion": "chokepoint.dev/v1alpha1", "kind": "GatePolicy", "spec": {"protectedNetworks": {"pods": ["172.16.0.0/12"], "services": ["172.21.0.0/17"], "nodes": ["10.10.10.0/24"], "controlPlane": ["10.0.0.0/28"]}}}\n',
    ],
    [
      'in a text without a line break at its end',
      `${HEAD}spec:\n  protectedNetworks:\n    pods: [0.0.0.0/0]\n    services: [0.0.0.0/0]\n    nodes: [0.0.0.0/0]`,
      `${HEAD}spec:\n  protectedNetworks:\n    pods: [0.0.0.0/0]\n    services: [0.0.0.0/0]\n    nodes: [0.0.0.0/0]\n${block('controlPlane').trimEnd()}`,
    ],
    [
      'with the line breaks of the file',
      `${HEAD}spec:\n  mode: audit\n`.replaceAll('\n', '\r\n'),
      `${HEAD}spec:\n  mode: audit\n  protectedNetworks:\n${block('pods')}${block('services')}${block('nodes')}${block('controlPlane')}`.replaceAll(
        '\n',
        '\r\n',
      ),
    ],
  ])('%s', (_, before, after) => {
    expect(change(before)).toBe(after);
    expect(plan(after)).toEqual([]);
    expect(readGatePolicy(after.replaceAll('\r\n', '\n'), 'a').problems).toEqual([]);
  });

  test('of IPv6 is quoted in brackets, where a colon means something else', () => {
    const seen = seenOf({}, { internalIpv6Prefix: 'fd20:0:0:1::/64' });
    const text = `${HEAD}spec:\n  protectedNetworks: {pods: [0.0.0.0/0], services: [0.0.0.0/0], nodes: [0.0.0.0/0], controlPlane: [0.0.0.0/0]}\n`;
    expect(change(text, seen)).toBe(
      text
        .replace('pods: [0.0.0.0/0]', 'pods: [0.0.0.0/0, "fd20:0:0:1::/64"]')
        .replace('nodes: [0.0.0.0/0]', 'nodes: [0.0.0.0/0, "fd20:0:0:1::/64"]'),
    );
  });
});

describe('a place that is shared is left to a person', () => {
  test.each([
    ['an anchor', `${HEAD}spec:\n  protectedNetworks:\n    pods: &all [10.0.0.0/8]\n    nodes: *all\n`],
    ['a merge', `x: &x {protectedNetworks: {pods: [10.0.0.0/8]}}\n${HEAD}spec:\n  <<: *x\n`],
    ['a text that is no GatePolicy', 'kind: ConfigMap\n'],
  ])('%s', (_, text) => {
    expect(change(text)).toBe(undefined);
  });
});

describe('what has gone', () => {
  const WRITTEN = gatePolicyText(seenOf({ clusterIpv4Cidr: '172.24.0.0/16', ipAllocationPolicy: null }));

  test('is taken out where this command wrote it of the same cluster', () => {
    expect(plan(WRITTEN).flatMap(changeLines)).toEqual([
      '- pods: 172.24.0.0/16 (it is no longer there)',
      '+ pods: 172.20.0.0/16 (clusterIpv4Cidr of cluster prod)',
    ]);
    expect(change(WRITTEN)).toBe(gatePolicyText(SEEN));
  });

  test.each([
    ['a person wrote it', (text: string) => text.replace(/(172\.24\.0\.0\/16) #.*/, '$1 # ours')],
    ['a person wrote no comment', (text: string) => text.replace(/(172\.24\.0\.0\/16) #.*/, '$1')],
    ['it is of another cluster', (text: string) => text.replaceAll('gke prod:', 'gke staging:')],
  ])('stays where %s', (_, edit) => {
    const text = edit(WRITTEN);
    expect(plan(text).map(({ remove }) => remove)).toEqual([[]]);
    expect(change(text)).toContain('- 172.24.0.0/16');
  });

  test('stays where its class was not seen whole', () => {
    const { seen } = readJson('gke', gkeCluster());
    const text = gatePolicyText(seenOf({}, { ipCidrRange: '10.99.0.0/24' }));
    expect(plan(text, seen)).toEqual([]);
  });

  test('leaves an empty list behind', () => {
    const seen = { ...SEEN, ranges: SEEN.ranges.filter(range => range.class !== 'services') };
    expect(change(gatePolicyText(SEEN), seen)).toBe(gatePolicyText(SEEN).replace(/services:\n.*\n/, 'services: []\n'));
  });
});

test('a class that lies in others is an empty list, and is no drift once it is there', () => {
  const seen: SeenRanges = {
    ...SEEN,
    ranges: SEEN.ranges.filter(one => one.class !== 'controlPlane'),
    covered: ['controlPlane'],
  };
  const text = `${HEAD}spec:\n  protectedNetworks:\n    pods: [0.0.0.0/0]\n    services: [0.0.0.0/0]\n    nodes: [0.0.0.0/0]\n`;
  expect(plan(text, seen).flatMap(changeLines)).toEqual(['+ controlPlane: [] (all of it lies in other classes)']);
  expect(change(text, seen)).toBe(`${text}    controlPlane: []\n`);
  expect(plan(`${text}    controlPlane: []\n`, seen)).toEqual([]);
});
