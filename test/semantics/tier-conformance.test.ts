import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/core/kube/decode.ts';
import { createReach } from '../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { parseYaml } from '../support/yaml.ts';

/** The shapes of the 24 conformance tests of network-policy-api, with their outcomes: four namespaces of two pods, and nodes. Those of the table stand in both tiers, as the upstream ones do. */
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
/** Pods in the network of their nodes are these nodes. */
const NODES = [1, 2].flatMap(index => [
  `{apiVersion: v1, kind: Node, metadata: {name: node-${index}}, status: {addresses: [{type: InternalIP, address: 192.168.0.${index}}]}}`,
  `{apiVersion: v1, kind: Pod, metadata: {name: f-${index}, namespace: forbidden-forrest}, spec: {hostNetwork: true, nodeName: node-${index}, containers: [{name: c}]}, status: {podIPs: [{ip: 192.168.0.${index}}]}}`,
]);

const NAMES: Readonly<Record<string, string>> = { G: 'gryffindor', S: 'slytherin', H: 'hufflepuff', R: 'ravenclaw' };
const house = (letter: string): string => `{namespaces: {matchLabels: {house: ${NAMES[letter]}}}}`;

/** Blocks, and all nodes. */
const OTHER_PEERS: Readonly<Record<string, string>> = {
  nodes: '{nodes: {}}',
  everywhere: '{networks: [0.0.0.0/0, "::/0"]}',
  first: '{networks: [10.0.3.1/32, 10.0.2.1/32]}',
};

function portOf(text: string): string {
  const [protocol, number] = text.split('/');
  return number === undefined
    ? `{destinationNamedPort: ${text}}`
    : `{${protocol}: {destinationPort: {number: ${number}}}}`;
}

/** `Accept R`, `Deny S:tcp/80+udp/53`, `Accept H:web`, `Pass nodes`: an action, a house or another peer, and ports. */
function rule(text: string, peers: 'from' | 'to'): string {
  const [action, whom = ''] = text.split(' ');
  const [peer = '', ports] = whom.split(':');
  const protocols = ports === undefined ? '' : `, protocols: [${ports.split('+').map(portOf).join(', ')}]`;
  return `{action: ${action}, ${peers}: [${OTHER_PEERS[peer] ?? house(peer)}]${protocols}}`;
}

/** The rules of each direction; absent: none. */
type Directions = Readonly<Partial<Record<'ingress' | 'egress', readonly string[]>>>;

const gress = (tier: string, subject: string, { ingress = [], egress = [] }: Directions, priority = 50): string => {
  const [into, out] = [ingress.map(one => rule(one, 'from')), egress.map(one => rule(one, 'to'))];
  return `{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: p${priority}-${tier.toLowerCase()}}, spec: {tier: ${tier}, priority: ${priority}, subject: ${house(subject)}, ingress: [${into.join(', ')}], egress: [${out.join(', ')}]}}`;
};

const policy = (
  tier: string,
  subject: string,
  direction: 'ingress' | 'egress',
  rules: readonly string[],
  priority = 50,
): string => gress(tier, subject, { [direction]: rules }, priority);

/** `G>R tcp/80` asks from a pod of one house to one of another, or to an address. */
function answers(
  policies: readonly string[],
  probes: readonly string[],
  world: readonly string[] = WORLD,
): readonly string[] {
  const decode = createDecoder();
  const objects = (parseYaml([...world, ...NODES, ...policies].join('\n---\n')) as Record<string, unknown>[]).map(
    decode,
  );
  const issues = objects.flatMap(one => ('issues' in one ? one.issues : []));
  expect(issues).toEqual([]);
  const reach = createReach(buildWorld(objects.flatMap(one => (one.kind === 'object' ? [one.object] : []))));
  const end = (text = ''): object =>
    NAMES[text[0] ?? '']
      ? { pod: `${NAMES[text[0] ?? '']}/p-${text[1] ?? 0}` }
      : text.includes('/')
        ? { pod: text }
        : { ip: text };
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

  const holds = (policies: readonly string[], outcomes: readonly string[], world?: readonly string[]): void => {
    expect(answers(policies, probesOf(outcomes), world)).toEqual(outcomes);
  };
  const isAdmin = tier === 'Admin';

  it('Gress: both directions of one policy, and three protocols of one rule', () => {
    const [closed, out, into] = ['tcp/80+udp/53+sctp/9003', 'tcp/8080+udp/5353+sctp/9003', 'tcp/80+udp/5353+sctp/9003'];
    const rules = (open: string): readonly string[] => [
      ...['Accept R', 'Deny R', ...(isAdmin ? ['Pass R'] : [])],
      ...[`Deny S:${closed}`, ...(isAdmin ? [`Pass S:${closed}`] : [])],
      ...[`Accept H:${open}`, 'Deny H'],
    ];
    const written = (order = (all: readonly string[]) => all): readonly string[] => [
      gress(tier, 'G', { egress: order(rules(out)), ingress: order(rules(into)) }),
    ];
    const each = (way: string, ports: string, is: string): readonly string[] =>
      ports.split('+').map(port => `${way} ${port} ${is}`);
    const both = (house: string, ports: string, is: string): readonly string[] =>
      [`G>${house}`, `${house}>G`].flatMap(way => each(way, ports, is));
    const all = 'tcp/80+tcp/8080+udp/53+udp/5353+sctp/9003+sctp/9005';
    holds(written(), [
      ...both('R', all, 'A'),
      ...[...each('G>H', out, 'A'), ...each('G>H', 'tcp/80+udp/53+sctp/9005', 'D')],
      ...[...each('H>G', into, 'A'), ...each('H>G', 'tcp/8080+udp/53+sctp/9005', 'D')],
    ]);
    holds(
      written(some => swap(some, 0, 1)),
      [...both('R', all, 'D'), ...both('S', closed, 'D'), ...both('S', 'tcp/8080+udp/5353+sctp/9005', 'A')],
    );
    if (!isAdmin) return;
    holds(
      written(some => swap(some, 0, 2)),
      both('R', all, 'A'),
    );
    holds(
      written(some => swap(some, 3, 4)),
      both('S', all, 'A'),
    );
  });

  it('EgressInlineCIDRPeers: blocks match addresses of pods', () => {
    const rules = ['Accept S', 'Deny everywhere'];
    const written = [policy(tier, 'G', 'egress', rules)];
    holds(written, ['G>R tcp/80 D', 'G>H tcp/80 D', 'G>S tcp/80 A']);
    const relabelled = WORLD.map(text =>
      text.replace('name: slytherin, labels: {house: slytherin}', 'name: slytherin'),
    );
    holds(written, ['G>S tcp/80 D'], relabelled);
    const first = [policy(tier, 'G', 'egress', ['Accept first', ...rules])];
    holds(first, ['G>R0 tcp/80 A', 'G>H0 tcp/80 A', 'G>R1 tcp/80 D', 'G>H1 tcp/80 D']);
  });

  it('EgressNamedPort: a name is a port of the destination', () => {
    if (isAdmin) holds([policy(tier, 'G', 'egress', ['Accept H:web', 'Deny H'])], ['G>H tcp/80 A', 'G>H tcp/8080 D']);
    else holds([policy(tier, 'H', 'egress', ['Accept G:dns', 'Deny G'])], ['H>G udp/53 A', 'H>G udp/5353 D']);
  });

  it('IngressNamedPort: a name is a port of the subject', () => {
    if (isAdmin) holds([policy(tier, 'H', 'ingress', ['Accept G:dns', 'Deny G'])], ['G>H udp/53 A', 'G>H udp/5353 D']);
    else holds([policy(tier, 'G', 'ingress', ['Accept H:web', 'Deny H'])], ['H>G tcp/80 A', 'H>G tcp/8080 D']);
  });

  it('EgressNodePeers: nodes by their addresses, and by pods in their network', () => {
    const first = isAdmin ? ['Accept nodes:tcp/36363', 'Pass nodes:udp/34346'] : ['Accept nodes:tcp/36363+tcp/36364'];
    const written = [policy(tier, 'G', 'egress', [...first, 'Deny S', 'Deny nodes', 'Deny everywhere'])];
    for (const node of ['192.168.0.1', '192.168.0.2', 'forbidden-forrest/f-1'])
      holds(written, [
        `G>${node} tcp/36363 A`,
        `G>${node} tcp/36364 ${isAdmin ? 'D' : 'A'}`,
        `G>${node} udp/34346 ${isAdmin ? 'A' : 'D'}`,
        `G>${node} sctp/9003 D`,
        'G>S tcp/36363 D',
      ]);
  });
});

it('PriorityField: the lower number is asked first', () => {
  const both = (rule: string): Directions => ({ ingress: [rule], egress: [rule] });
  const denial = gress('Admin', 'G', both('Deny S'), 50);
  const baseline = gress('Baseline', 'G', both('Accept S'));
  const asked = (priority: number) =>
    answers([denial, gress('Admin', 'G', both('Pass S'), priority), baseline], ['G>S tcp/80', 'S>G udp/53']);
  expect(asked(60)).toEqual(['G>S tcp/80 D', 'S>G udp/53 D']);
  expect(asked(40)).toEqual(['G>S tcp/80 A', 'S>G udp/53 A']);
});

it('Integration: Admin, NetworkPolicy, Baseline', () => {
  const peer = '[{namespaceSelector: {matchLabels: {house: slytherin}}}]';
  const networkPolicy = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: gryffindor}, spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: ${peer}}], egress: [{to: ${peer}}]}}`;
  const admin = (ingress: string, egress: string): string =>
    gress('Admin', 'G', { ingress: [`${ingress} S`], egress: [`${egress} S`] });
  const baseline = gress('Baseline', 'G', { ingress: ['Deny S'], egress: ['Deny S'] });
  const asked = (...policies: readonly string[]) => answers(policies, ['S>G tcp/80', 'G>S tcp/80']);
  expect(asked(admin('Deny', 'Deny'), networkPolicy, baseline)).toEqual(['S>G tcp/80 D', 'G>S tcp/80 D']);
  expect(asked(admin('Pass', 'Deny'), networkPolicy, baseline)).toEqual(['S>G tcp/80 A', 'G>S tcp/80 D']);
  expect(asked(admin('Pass', 'Pass'), networkPolicy, baseline)).toEqual(['S>G tcp/80 A', 'G>S tcp/80 A']);
  expect(asked(admin('Pass', 'Pass'), baseline)).toEqual(['S>G tcp/80 D', 'G>S tcp/80 D']);
});
