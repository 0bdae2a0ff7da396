import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/core/kube/decode.ts';
import { createReach } from '../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../src/core/world.ts';
import { parseYaml } from '../support/yaml.ts';

/** The shapes of the conformance tests of network-policy-api, with their outcomes: four namespaces of two pods, and nodes. */
const HOUSES = ['gryffindor', 'slytherin', 'hufflepuff', 'ravenclaw'];
const PORTS =
  '[{name: web, containerPort: 80}, {containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}, {containerPort: 5353, protocol: UDP}, {containerPort: 9003, protocol: SCTP}, {containerPort: 9005, protocol: SCTP}]';
const WORLD = HOUSES.flatMap((house, index) => [
  `{apiVersion: v1, kind: Namespace, metadata: {name: ${house}, labels: {house: ${house}}}}`,
  ...[0, 1].map(
    pod =>
      `{apiVersion: v1, kind: Pod, metadata: {name: p-${pod}, namespace: ${house}, labels: {house: ${house}}}, spec: {containers: [{name: c, ports: ${PORTS}}]}, status: {podIPs: [{ip: 10.0.${index}.${pod + 1}}]}}`,
  ),
]);
const NODE =
  '{apiVersion: v1, kind: Node, metadata: {name: node-1}, status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}}';

const NAMES: Readonly<Record<string, string>> = { G: 'gryffindor', S: 'slytherin', H: 'hufflepuff', R: 'ravenclaw' };
const house = (letter: string): string => `{namespaces: {matchLabels: {house: ${NAMES[letter]}}}}`;

/** `Accept R`, `Deny S:tcp/80`, `Accept H:web`: an action, a house and a port. */
function rule(text: string, peers: 'from' | 'to'): string {
  const [action, whom = ''] = text.split(' ');
  const [letter = '', port] = whom.split(':');
  const [protocol, number] = port?.split('/') ?? [];
  const ports =
    port === undefined
      ? ''
      : `, protocols: [${number === undefined ? `{destinationNamedPort: ${port}}` : `{${protocol}: {destinationPort: {number: ${number}}}}`}]`;
  return `{action: ${action}, ${peers}: [${NAMES[letter] ? house(letter) : whom}]${NAMES[letter] ? ports : ''}}`;
}

const policy = (
  tier: string,
  subject: string,
  direction: 'ingress' | 'egress',
  rules: readonly string[],
  priority = 50,
): string =>
  `{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: p${priority}-${direction}-${tier.toLowerCase()}}, spec: {tier: ${tier}, priority: ${priority}, subject: ${house(subject)}, ${direction}: [${rules.map(one => rule(one, direction === 'ingress' ? 'from' : 'to')).join(', ')}]}}`;

/** `G>R tcp/80` asks from a pod of one house to one of another, or to an address. */
function answers(policies: readonly string[], probes: readonly string[]): readonly string[] {
  const decode = createDecoder();
  const objects = (parseYaml([...WORLD, NODE, ...policies].join('\n---\n')) as Record<string, unknown>[]).map(decode);
  const issues = objects.flatMap(one => ('issues' in one ? one.issues : []));
  expect(issues).toEqual([]);
  const reach = createReach(buildWorld(objects.flatMap(one => (one.kind === 'object' ? [one.object] : []))));
  const end = (text = ''): object =>
    NAMES[text[0] ?? ''] ? { pod: `${NAMES[text[0] ?? '']}/p-${text[1] ?? 0}` } : { ip: text };
  return probes.map(probe => {
    const [ends = '', port = ''] = probe.split(' ');
    const [from, to] = ends.split('>');
    const [protocol = '', number] = port.split('/');
    const query = parseReachQuery({
      from: end(from),
      to: end(to),
      port: Number(number),
      protocol: protocol.toUpperCase(),
    });
    const answer = 'problem' in query ? query : reach(query);
    return 'allowed' in answer
      ? `${probe} ${{ true: 'A', false: 'D', null: '?' }[String(answer.allowed)]}`
      : JSON.stringify(answer);
  });
}

const swap = (rules: readonly string[], a: number, b: number): readonly string[] =>
  rules.map((one, index) => rules[index === a ? b : index === b ? a : index] ?? one);
const probesOf = (outcomes: readonly string[]): readonly string[] => outcomes.map(text => text.slice(0, -2));
const BOTH_TIERS = ['Admin', 'Baseline'];

/** Subject, the house of all rules, the one that is closed on a port, the one that is open on a port; then the ports. */
const GRESS: readonly (readonly [
  string,
  'ingress' | 'egress',
  string,
  string,
  string,
  string,
  string,
  string,
  string,
])[] = [
  ['EgressTCP', 'egress', 'G', 'R', 'S', 'H', 'tcp/80', 'tcp/8080', 'tcp'],
  ['EgressUDP', 'egress', 'H', 'R', 'S', 'G', 'udp/5353', 'udp/53', 'udp'],
  ['EgressSCTP', 'egress', 'R', 'G', 'S', 'H', 'sctp/9003', 'sctp/9005', 'sctp'],
  ['IngressTCP', 'ingress', 'G', 'R', 'S', 'H', 'tcp/80', 'tcp/8080', 'tcp'],
  ['IngressUDP', 'ingress', 'H', 'R', 'S', 'G', 'udp/5353', 'udp/53', 'udp'],
  ['IngressSCTP', 'ingress', 'R', 'G', 'S', 'H', 'sctp/9003', 'sctp/9005', 'sctp'],
];

describe.each(BOTH_TIERS)('In the tier %s,', tier => {
  it.each(GRESS)('%s: the first rule that matches decides', (_name, direction, own, all, closed, open, port, other) => {
    const isAdmin = tier === 'Admin';
    const pass = isAdmin ? [`Pass ${all}`] : [];
    const passPort = isAdmin ? [`Pass ${closed}:${port}`] : [];
    const rules = [
      `Accept ${all}`,
      `Deny ${all}`,
      ...pass,
      `Deny ${closed}:${port}`,
      ...passPort,
      `Accept ${open}:${port}`,
      `Deny ${open}`,
    ];
    const way = (house: string): string => (direction === 'egress' ? `${own}>${house}` : `${house}>${own}`);
    const holds = (some: readonly string[], outcomes: readonly string[]): void => {
      expect(answers([policy(tier, own, direction, some)], probesOf(outcomes))).toEqual(outcomes);
    };
    const written = [
      `${way(all)} ${port} A`,
      `${way(all)} ${other} A`,
      `${way(closed)} ${port} D`,
      `${way(closed)} ${other} A`,
      `${way(open)} ${port} A`,
      `${way(open)} ${other} D`,
    ];
    holds(rules, written);
    holds(swap(rules, 0, 1), [`${way(all)} ${port} D`, `${way(closed)} ${port} D`, `${way(closed)} ${other} A`]);
    if (!isAdmin) return;
    holds(swap(rules, 0, 2), [`${way(all)} ${port} A`, `${way(all)} ${other} A`]);
    holds(swap(rules, 3, 4), [`${way(closed)} ${port} A`, `${way(closed)} ${other} A`]);
  });

  it('EgressInlineCIDRPeers: blocks match addresses of pods', () => {
    const rules = ['Accept S', 'Deny {networks:[0.0.0.0/0,"::/0"]}'];
    const outcomes = ['G>R tcp/80 D', 'G>H tcp/80 D', 'G>S tcp/80 A'];
    expect(answers([policy(tier, 'G', 'egress', rules)], probesOf(outcomes))).toEqual(outcomes);
    const first = ['Accept {networks:[10.0.3.1/32,10.0.2.1/32]}', ...rules];
    const later = ['G>R0 tcp/80 A', 'G>H0 tcp/80 A', 'G>R1 tcp/80 D', 'G>H1 tcp/80 D'];
    expect(answers([policy(tier, 'G', 'egress', first)], probesOf(later))).toEqual(later);
  });

  it('EgressNamedPort and IngressNamedPort: a name is a port of the destination', () => {
    const egress = policy(tier, 'G', 'egress', ['Accept H:web', 'Deny H']);
    const out = ['G>H tcp/80 A', 'G>H tcp/8080 D'];
    expect(answers([egress], probesOf(out))).toEqual(out);
    const ingress = policy(tier, 'H', 'ingress', ['Accept G:dns', 'Deny G']);
    const into = ['G>H udp/53 A', 'G>H udp/5353 D'];
    expect(answers([ingress], probesOf(into))).toEqual(into);
  });

  it('EgressNodePeers: nodes by their addresses', () => {
    const rules = ['Accept {nodes:{}}', 'Deny {networks:[0.0.0.0/0]}'];
    const outcomes = ['R>192.168.0.1 tcp/80 A', 'R>192.168.0.2 tcp/80 D', 'R>G tcp/80 D'];
    expect(answers([policy(tier, 'R', 'egress', rules)], probesOf(outcomes))).toEqual(outcomes);
  });
});

it('PriorityField: the lower number is asked first', () => {
  const denial = policy('Admin', 'G', 'egress', ['Deny S'], 50);
  expect(answers([denial, policy('Admin', 'G', 'egress', ['Pass S'], 60)], ['G>S tcp/80'])).toEqual(['G>S tcp/80 D']);
  expect(answers([denial, policy('Admin', 'G', 'egress', ['Pass S'], 40)], ['G>S tcp/80'])).toEqual(['G>S tcp/80 A']);
});

it('Integration: Admin, NetworkPolicy, Baseline', () => {
  const networkPolicy = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: gryffindor}, spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {matchLabels: {house: slytherin}}}]}]}}`;
  const [denial, pass] = ['Deny S', 'Pass S'].map(one => policy('Admin', 'G', 'ingress', [one]));
  const baseline = policy('Baseline', 'G', 'ingress', ['Deny S']);
  const asked = (...policies: readonly (string | undefined)[]) =>
    answers(
      policies.flatMap(one => one ?? []),
      ['S>G tcp/80'],
    );
  expect(asked(denial, networkPolicy, baseline)).toEqual(['S>G tcp/80 D']);
  expect(asked(pass, networkPolicy, baseline)).toEqual(['S>G tcp/80 A']);
  expect(asked(pass, baseline)).toEqual(['S>G tcp/80 D']);
});
