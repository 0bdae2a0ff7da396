import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../../src/core/kube/decode.ts';
import { createReach } from '../../../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../../../src/core/world/build.ts';
import { decisionOn, judged } from '../../../support/judged-server.ts';
import { decoded } from '../../../support/workload.ts';
import { parseYaml } from '../../../support/yaml.ts';

const GATEWAY =
  '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}';
const np = (ingress: string) =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: tools}, spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [${ingress}]}}`;
const CLOSED = np(`{from: [${GATEWAY}]}`);
const OPEN = np('{from: [{namespaceSelector: {}}]}');
const cluster = (rest: string, name = 'a', priority = '5') =>
  `{apiVersion: crd.antrea.io/v1beta1, kind: ClusterNetworkPolicy, metadata: {name: ${name}}, spec: {priority: ${priority}, ${rest}}}`;
const inTools = (rest: string) =>
  `{apiVersion: crd.antrea.io/v1beta1, kind: NetworkPolicy, metadata: {name: a, namespace: tools}, spec: {priority: 5, ${rest}}}`;
const ALL = 'appliedTo: [{podSelector: {}}]';
const WALL = `ingress: [{action: Pass, from: [${GATEWAY}]}, {action: Drop, from: [{namespaceSelector: {}}]}]`;
const ALLOW = 'ingress: [{action: Allow, from: [{namespaceSelector: {}}]}]';

describe('A server beside policies of Antrea', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string]>([
    ['is closed by a policy of the cluster', [OPEN, cluster(`${ALL}, ${WALL}`)], 'allow'],
    ['is closed by one of its namespace', [OPEN, inTools(`${ALL}, ${WALL}`)], 'allow'],
    ['is closed by a rejection', [OPEN, cluster(`${ALL}, ${WALL.replace('Drop', 'Reject')}`)], 'allow'],
    ['is opened by one, which no NetworkPolicy takes back', [CLOSED, cluster(`${ALL}, ${ALLOW}`)], 'deny, ingress-beyond-gateway a'],
    ['is opened to everybody by a rule without peers', [CLOSED, cluster(`${ALL}, ingress: [{action: Allow}]`)], 'deny, ingress-beyond-gateway a'],
    ['is opened to pods of the own namespace by one of it', [CLOSED, inTools(`${ALL}, ingress: [{action: Allow, from: [{podSelector: {}}]}]`)], 'deny, ingress-beyond-gateway a'],
    ['is opened to pods of all namespaces by one of the cluster', [CLOSED, cluster(`${ALL}, ingress: [{action: Allow, from: [{podSelector: {}}]}]`)], 'deny, ingress-beyond-gateway a'],
    ['is opened to its own namespace', [CLOSED, cluster(`${ALL}, ingress: [{action: Allow, from: [{namespaces: {match: Self}}]}]`)], 'deny, ingress-beyond-gateway a'],
    ['is of another selector', [CLOSED, cluster(`appliedTo: [{podSelector: {matchLabels: {app: x}}}], ${ALLOW}`)], 'allow'],
    ['is of another namespace', [CLOSED, cluster(`appliedTo: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}], ${ALLOW}`)], 'allow'],
    ['is of that service account', [CLOSED, cluster(`appliedTo: [{serviceAccount: {name: mcp, namespace: tools}}], ${ALLOW}`)], 'deny, ingress-beyond-gateway a'],
    ['is of another service account', [CLOSED, cluster(`appliedTo: [{serviceAccount: {name: mcp, namespace: other}}], ${ALLOW}`)], 'allow'],
    ['is meant by a rule alone', [CLOSED, cluster('ingress: [{action: Allow, appliedTo: [{podSelector: {matchLabels: {app: s}}}]}]')], 'deny, ingress-beyond-gateway a'],
    ['is not meant by a rule', [CLOSED, cluster('ingress: [{action: Allow, appliedTo: [{podSelector: {matchLabels: {app: x}}}]}]')], 'allow'],
    ['is a pod, and the policy is for nodes', [CLOSED, cluster('appliedTo: [{nodeSelector: {}}], ingress: [{action: Allow}]')], 'allow'],
    ['is closed by the tier that is asked first', [CLOSED, cluster(`tier: Emergency, ${ALL}, ${WALL}`, 'w', '9'), cluster(`tier: platform, ${ALL}, ${ALLOW}`, 'a', '1')], 'allow'],
    ['is opened by the tier that is asked first', [CLOSED, cluster(`tier: platform, ${ALL}, ${WALL}`, 'w', '1'), cluster(`tier: emergency, ${ALL}, ${ALLOW}`, 'a', '9')], 'deny, ingress-beyond-gateway a'],
    ['is closed by the priority that is asked first', [CLOSED, cluster(`${ALL}, ${WALL}`, 'w', '1.5'), cluster(`${ALL}, ${ALLOW}`, 'a', '1.6')], 'allow'],
    ['is open or not by equal priorities', [CLOSED, cluster(`${ALL}, ${WALL}`, 'w'), cluster(`${ALL}, ${ALLOW}`)], 'undetermined, ingress-beyond-gateway a, equal-priority a, equal-priority w'],
    ['is isolated, so that the baseline is not asked', [CLOSED, cluster(`tier: baseline, ${ALL}, ${ALLOW}`)], 'allow'],
    ['is open but for its baseline', [cluster(`tier: baseline, ${ALL}, ingress: [{action: Drop}], egress: [{action: Drop}]`)], 'allow, warn gateway-locked-out s'],
    ['is let out to metadata', [CLOSED, cluster(`${ALL}, egress: [{action: Allow, to: [{ipBlock: {cidr: 169.254.169.254/32}}], ports: [{protocol: TCP, port: 80}]}]`)], 'deny, egress-reaches-metadata a'],
    ['is let out to hosts by name', [CLOSED, cluster(`${ALL}, egress: [{action: Allow, to: [{fqdn: "*.example.com"}]}]`)], 'allow'],
    ['may be in a group', [CLOSED, cluster(`appliedTo: [{group: g}], ${ALLOW}`)], 'undetermined, ingress-beyond-gateway a, foreign-policy a'],
    ['may be opened to a group', [CLOSED, cluster(`${ALL}, ingress: [{action: Allow, from: [{group: g}]}]`)], 'undetermined, ingress-beyond-gateway a, foreign-policy a'],
    ['may be closed to a group', [OPEN, cluster(`${ALL}, ingress: [{action: Drop, from: [{group: g}]}]`)], 'undetermined, ingress-beyond-gateway np, foreign-policy a'],
    ['may be in the group of a rule', [CLOSED, cluster(`ingress: [{action: Allow, appliedTo: [{group: g}]}]`)], 'undetermined, ingress-beyond-gateway a, foreign-policy a'],
    ['is open beside a group', [OPEN, cluster(`${ALL}, ingress: [{action: Allow, from: [{group: g}, {namespaceSelector: {}}]}]`)], 'deny, ingress-beyond-gateway a, ingress-beyond-gateway np, warn ingress-beyond-gateway a'],
    ['may be opened by a tier that is not read', [OPEN, cluster(`tier: mine, ${ALL}, ${WALL}`)], 'undetermined, ingress-beyond-gateway np, foreign-policy a'],
    ['may be opened from some ports of the source', [CLOSED, cluster(`${ALL}, ingress: [{action: Allow, ports: [{protocol: TCP, sourcePort: 53}]}]`)], 'undetermined, ingress-beyond-gateway a, foreign-policy a'],
    ['is opened to no port by a rule of other protocols, which counts as open', [CLOSED, cluster(`${ALL}, ingress: [{action: Drop, protocols: [{icmp: {}}]}]`)], 'allow'],
    ['is beside a policy without rules', [CLOSED, cluster(ALL)], 'allow'],
  ])('%s', (_title, objects, expected) => {
    expect(judged(...objects)).toBe(expected);
  });

  it('is told the field that cannot be judged, never the kind', () => {
    const { causes } = decisionOn([
      CLOSED,
      cluster(`${ALL}, ingress: [{action: Allow, from: [{podSelector: {}}, {group: g}]}]`),
    ]);
    expect(causes.map(({ message }) => message)).toEqual([]);
    const group = decisionOn([CLOSED, cluster(`${ALL}, ingress: [{action: Allow, from: [{group: g}]}]`)]);
    expect(group.causes.map(({ message }) => message)).toEqual([
      'ClusterNetworkPolicy.crd.antrea.io a spec.ingress[0].from[0].group: is not judged: what it selects is not among the facts',
    ]);
  });
});

describe('reach walks the tiers of Antrea:', () => {
  const pod = (name: string, namespace: string, ip: string, spec = '') =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}}}, spec: {${spec}containers: [{name: c, image: i, ports: [{name: web, containerPort: 80}]}]}, status: {podIPs: [{ip: ${ip}}]}}`;
  const PODS = [pod('s', 'tools', '10.244.0.1'), pod('t', 'tools', '10.244.0.2'), pod('o', 'other', '10.244.0.3')];
  const CLIENT = 'from: [{podSelector: {matchLabels: {app: t}}}]';

  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string, boolean | null]>([
    ['nothing is said', [cluster(ALL)], 'tools/t', true],
    ['a drop', [cluster(`${ALL}, ingress: [{action: Drop, ${CLIENT}}]`)], 'tools/t', false],
    ['a drop of others', [cluster(`${ALL}, ingress: [{action: Drop, ${CLIENT}}]`)], 'other/o', true],
    ['a pass before a drop', [cluster(`${ALL}, ingress: [{action: Pass, ${CLIENT}}, {action: Drop}]`)], 'tools/t', true],
    ['a pass to a NetworkPolicy that isolates', [CLOSED, cluster(`${ALL}, ingress: [{action: Pass, ${CLIENT}}]`)], 'tools/t', false],
    ['an allowance past a NetworkPolicy', [CLOSED, cluster(`appliedTo: [{podSelector: {matchLabels: {app: s}}}], ingress: [{action: Allow, from: [{podSelector: {}}]}]`)], 'other/o', true],
    ['a block that holds the pod', [cluster(`${ALL}, ingress: [{action: Drop, from: [{ipBlock: {cidr: 10.244.0.2/32}}]}]`)], 'tools/t', false],
    ['a port by name', [cluster(`${ALL}, ingress: [{action: Drop, ${CLIENT}, ports: [{port: web}]}]`)], 'tools/t', false],
    ['another port', [cluster(`${ALL}, ingress: [{action: Drop, ${CLIENT}, ports: [{port: 81, endPort: 90}]}]`)], 'tools/t', true],
    ['the own namespace', [cluster(`${ALL}, ingress: [{action: Allow, from: [{namespaces: {match: Self}}]}, {action: Drop}]`)], 'tools/t', true],
    ['another than the own namespace', [cluster(`${ALL}, ingress: [{action: Allow, from: [{namespaces: {match: Self}}]}, {action: Drop}]`)], 'other/o', false],
    ['an egress to it', [cluster(`${ALL}, egress: [{action: Reject, to: [{podSelector: {matchLabels: {app: s}}}]}]`)], 'tools/t', false],
    ['services, which nobody knows', [cluster(`${ALL}, egress: [{action: Drop, toServices: [{name: s, namespace: tools}]}]`)], 'tools/t', null],
    ['a group', [cluster(`${ALL}, ingress: [{action: Drop, from: [{group: g}]}]`)], 'tools/t', null],
  ])('%s', (_title, objects, from, expected) => {
    const text = [...PODS, ...objects].join('\n---\n');
    const reach = createReach(buildWorld((parseYaml(text) as Record<string, unknown>[]).map(decoded)));
    const query = parseReachQuery({ from: { pod: from }, to: { pod: 'tools/s' }, port: 80 });
    if ('problem' in query) throw new Error(query.problem);
    expect(reach(query)).toMatchObject({ allowed: expected });
  });
});

describe('A policy of Antrea is read with the field that is wrong:', () => {
  const issuesOf = (text: string): readonly string[] => {
    const one = createDecoder()(parseYaml(text)[0] as Record<string, unknown>);
    return one.kind === 'object' ? one.issues.map(({ path, message }) => `${path}: ${message}`) : ['not decoded'];
  };

  // biome-ignore format: one line a case
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing is', issuesOf(cluster(`tier: SecurityOps, ${ALL}, egress: [{name: r, action: Allow, enableLogging: true, to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{protocol: UDP, port: 53}]}]`)), []],
    ['no priority', issuesOf(`{apiVersion: crd.antrea.io/v1beta1, kind: ClusterNetworkPolicy, metadata: {name: a}, spec: {${ALL}}}`), ['spec.priority: is required']],
    ['the priority', issuesOf(cluster(ALL, 'a', '0.5')), ['spec.priority: is not between 1 and 10000']],
    ['a priority that is no number', issuesOf(cluster(ALL, 'a', '"5"')), ['spec.priority: is not between 1 and 10000']],
    ['no action', issuesOf(cluster(`${ALL}, ingress: [{}]`)), ['spec.ingress[0].action: is required']],
    ['the action', issuesOf(cluster(`${ALL}, ingress: [{action: Deny}]`)), ['spec.ingress[0].action: "Deny" is none of Allow, Drop, Reject, Pass']],
    ['a block', issuesOf(cluster(`${ALL}, ingress: [{action: Drop, from: [{ipBlock: {cidr: x}}]}]`)), ['spec.ingress[0].from[0].ipBlock.cidr: "x" is no CIDR block: the API server refuses it']],
    ['a port', issuesOf(cluster(`${ALL}, ingress: [{action: Drop, ports: [{port: 0}]}]`)), ['spec.ingress[0].ports[0].port: 0 is not between 1 and 65535']],
    ['an unknown field of a peer', issuesOf(cluster(`${ALL}, ingress: [{action: Drop, from: [{constructor: {}}]}]`)), ['spec.ingress[0].from[0].constructor: unknown field "constructor": the API server drops or refuses it']],
    ['peers of the other direction', issuesOf(cluster(`${ALL}, ingress: [{action: Drop, to: []}]`)), ['spec.ingress[0].to: unknown field "to": the API server drops or refuses it']],
  ])('%s', (_title, issues, expected) => {
    expect(issues).toEqual(expected);
  });
});
