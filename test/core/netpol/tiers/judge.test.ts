import { describe, expect, it } from 'vitest';
import { decisionOn, judged } from '../../../support/judged-server.ts';

const GATEWAY =
  'pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}';
const FROM_GATEWAY =
  '{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}]}';
const ALL = '{namespaces: {}}';
const EVERYWHERE = '{networks: [0.0.0.0/0, "::/0"]}';
const np = (rules: string, types = 'Ingress, Egress') =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: tools}, spec: {podSelector: {}, policyTypes: [${types}], ${rules}}}`;
const cnp = (name: string, rules: string, tier = 'Admin', priority = 1, subject = 'namespaces: {}') =>
  `{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: ${name}}, spec: {tier: ${tier}, priority: ${priority}, subject: {${subject}}, ${rules}}}`;
const BANP = `{apiVersion: policy.networking.k8s.io/v1alpha1, kind: BaselineAdminNetworkPolicy, metadata: {name: default}, spec: {subject: {namespaces: {}}, egress: [{action: Deny, to: [${EVERYWHERE}]}]}}`;
const NODE =
  '{apiVersion: v1, kind: Node, metadata: {name: n}, status: {addresses: [{type: InternalIP, address: 192.168.0.7}]}}';
const CLOSED = np(`ingress: [${FROM_GATEWAY}], egress: []`);

const OPEN_TO_ALL_PODS = np('ingress: [{from: [{namespaceSelector: {}}]}], egress: []');

describe('Policies of tiers and a server', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string]>([
    ['a closed one beside none', [CLOSED], 'allow'],
    ['what a NetworkPolicy opens, and nobody closes', [OPEN_TO_ALL_PODS], 'deny, ingress-beyond-gateway np'],
    ['a denial of the administrator closes what a NetworkPolicy opens', [OPEN_TO_ALL_PODS, cnp('wall', `ingress: [{action: Pass, from: [{${GATEWAY}}]}, {action: Deny, from: [${ALL}]}]`)], 'allow'],
    ['a denial of some leaves the others', [OPEN_TO_ALL_PODS, cnp('wall', 'ingress: [{action: Deny, from: [{namespaces: {matchLabels: {team: x}}}]}]')], 'deny, ingress-beyond-gateway np'],
    ['a denial on another port leaves the rest', [OPEN_TO_ALL_PODS, cnp('wall', `ingress: [{action: Deny, from: [${ALL}], protocols: [{tcp: {destinationPort: {number: 80}}}]}]`)], 'deny, ingress-beyond-gateway np'],
    ['a denial of another subject', [OPEN_TO_ALL_PODS, cnp('wall', `ingress: [{action: Deny, from: [${ALL}]}]`, 'Admin', 1, 'namespaces: {matchLabels: {team: x}}')], 'deny, ingress-beyond-gateway np'],
    ['a denial that labels of the pods decide', [OPEN_TO_ALL_PODS, cnp('wall', `ingress: [{action: Deny, from: [${ALL}]}]`, 'Admin', 1, 'pods: {podSelector: {matchLabels: {app: s}}}')], 'allow, warn gateway-locked-out s'],
    ['a denial of the gateway too locks it out', [CLOSED, cnp('wall', `ingress: [{action: Deny, from: [${ALL}]}]`)], 'allow, warn gateway-locked-out s'],
    ['a Pass before a denial', [OPEN_TO_ALL_PODS, cnp('wall', `ingress: [{action: Pass, from: [${ALL}]}, {action: Deny, from: [${ALL}]}]`)], 'deny, ingress-beyond-gateway np'],
    ['an Accept opens what NetworkPolicies close', [CLOSED, cnp('open', `ingress: [{action: Accept, from: [${ALL}]}]`)], 'deny, ingress-beyond-gateway open'],
    ['an Accept of the gateway', [CLOSED, cnp('open', `ingress: [{action: Accept, from: [{${GATEWAY}}]}]`)], 'allow'],
    ['an Accept behind a denial', [CLOSED, cnp('open', `ingress: [{action: Accept, from: [${ALL}]}]`, 'Admin', 2), cnp('wall', `ingress: [{action: Pass, from: [{${GATEWAY}}]}, {action: Deny, from: [${ALL}]}]`)], 'allow'],
    ['an Accept behind a Pass is not asked', [CLOSED, cnp('open', `ingress: [{action: Accept, from: [${ALL}]}]`, 'Admin', 2), cnp('pass', `ingress: [{action: Pass, from: [${ALL}]}]`)], 'allow'],
    ['an Accept of egress to pods', [CLOSED, cnp('open', `egress: [{action: Accept, to: [${ALL}]}]`)], 'deny, egress-beyond-allowed open'],
    ['an Accept of egress to metadata', [CLOSED, cnp('open', 'egress: [{action: Accept, to: [{networks: [169.254.169.254/32]}]}]')], 'deny, egress-reaches-metadata open'],
    ['an Accept of a part that a denial closes', [CLOSED, cnp('open', 'egress: [{action: Deny, to: [{networks: [169.254.0.0/16, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]}]}, {action: Accept, to: [{networks: [0.0.0.0/0]}]}]')], 'allow, warn egress-reaches-link-local open'],
    ['a denial of metadata and the cluster closes a wide block', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]`), cnp('wall', 'egress: [{action: Deny, to: [{networks: [169.254.0.0/16, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]}, {networks: [100.64.0.0/10, 168.63.129.16/32, 100.100.100.200/32, 192.0.0.192/32]}]}]')], 'allow'],
    ['the same on one port leaves the others', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{ipBlock: {cidr: 169.254.169.254/32}}]}]`), cnp('wall', `egress: [{action: Deny, to: [${EVERYWHERE}], protocols: [{tcp: {}}]}]`)], 'deny, egress-reaches-metadata np'],
    ['a denial of every address closes pods too', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{namespaceSelector: {}}]}]`), cnp('wall', `egress: [{action: Deny, to: [${EVERYWHERE}]}]`)], 'allow'],
    ['a denial of the addresses of pods closes pods', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{namespaceSelector: {}}]}]`), cnp('wall', 'egress: [{action: Deny, to: [{networks: [10.244.0.0/16]}]}]')], 'allow'],
    ['a denial of some addresses may leave pods', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{namespaceSelector: {}}]}]`), cnp('wall', 'egress: [{action: Deny, to: [{networks: [10.244.0.0/17]}]}]')], 'deny, egress-beyond-allowed np'],
    ['a denial of all pods closes their addresses', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{ipBlock: {cidr: 10.244.3.0/24}}]}]`), cnp('wall', `egress: [{action: Deny, to: [${ALL}]}]`)], 'allow'],
    ['the baseline closes where nothing isolates', [np(`ingress: [${FROM_GATEWAY}]`, 'Ingress'), cnp('base', `egress: [{action: Deny, to: [${EVERYWHERE}]}]`, 'Baseline')], 'allow'],
    ['the baseline is not asked where something isolates', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]`), cnp('base', `egress: [{action: Deny, to: [${EVERYWHERE}]}]`, 'Baseline')], 'deny, egress-reaches-cluster np'],
    ['an Accept of the baseline opens nothing that is isolated', [CLOSED, cnp('base', `ingress: [{action: Accept, from: [${ALL}]}]`, 'Baseline')], 'allow'],
    ['an Accept of the baseline before its denial', [np(`ingress: [${FROM_GATEWAY}]`, 'Ingress'), cnp('base', `egress: [{action: Accept, to: [{networks: [10.0.0.0/8]}]}, {action: Deny, to: [${EVERYWHERE}]}]`, 'Baseline')], 'deny, egress-reaches-cluster base'],
    ['no denial of ingress closes what comes from outside', [np('egress: []', 'Egress'), cnp('wall', `ingress: [{action: Deny, from: [${ALL}]}]`)], 'deny, ingress-not-isolated s'],
    ['an unknown peer in a denial closes everything', [np('egress: []', 'Egress'), cnp('wall', 'ingress: [{action: Deny, from: [{newPeer: {}}]}]')], 'allow, warn gateway-locked-out s'],
    ['equal priorities, of which one opens', [CLOSED, cnp('open', `ingress: [{action: Accept, from: [${ALL}]}]`), cnp('wall', `ingress: [{action: Deny, from: [${ALL}]}]`)], 'undetermined, ingress-beyond-gateway open, equal-priority open, equal-priority wall'],
    ['equal priorities, where it is open in any case', [OPEN_TO_ALL_PODS, cnp('a', `ingress: [{action: Accept, from: [${ALL}]}]`), cnp('b', `ingress: [{action: Pass, from: [${ALL}]}]`)], 'deny, ingress-beyond-gateway np, warn ingress-beyond-gateway a'],
    ['equal priorities, where it is closed in any case', [CLOSED, cnp('a', `ingress: [{action: Deny, from: [{namespaces: {matchLabels: {x: z}}}]}]`), cnp('b', `ingress: [{action: Pass, from: [${ALL}]}]`)], 'allow'],
    ['nodes that are known', [CLOSED, NODE, cnp('open', 'egress: [{action: Accept, to: [{nodes: {}}]}]')], 'deny, egress-reaches-cluster open'],
    ['nodes that are not known open at most a warning', [CLOSED, cnp('open', 'egress: [{action: Accept, to: [{nodes: {}}]}]')], 'allow, warn egress-reaches-cluster open, warn egress-reaches-link-local open, warn egress-reaches-metadata open'],
    ['nodes that are not known close nothing', [np(`ingress: [${FROM_GATEWAY}], egress: [{to: [{ipBlock: {cidr: 192.168.0.0/24}}]}]`), cnp('wall', 'egress: [{action: Deny, to: [{nodes: {}}]}]')], 'deny, egress-reaches-cluster np'],
    ['names of hosts are outside', [CLOSED, cnp('open', 'egress: [{action: Accept, to: [{domainNames: ["*.example.com"]}]}]')], 'allow'],
    ['a port by name is closed by its number', [np('ingress: [{from: [{namespaceSelector: {}}], ports: [{port: http}]}], egress: []'), cnp('wall', `ingress: [{action: Deny, from: [${ALL}], protocols: [{tcp: {destinationPort: {number: 8080}}}]}]`)], 'allow, warn gateway-locked-out s'],
    ['a number is closed by its name', [np('ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 8080}]}], egress: []'), cnp('wall', `ingress: [{action: Deny, from: [${ALL}], protocols: [{destinationNamedPort: http}]}]`)], 'allow, warn gateway-locked-out s'],
    ['the older baseline beside the newer one, where its place decides', [np(`ingress: [${FROM_GATEWAY}]`, 'Ingress'), BANP, cnp('base', `egress: [{action: Accept, to: [${EVERYWHERE}]}]`, 'Baseline')], 'undetermined, egress-reaches-cluster base, warn egress-reaches-link-local base, egress-reaches-metadata base, foreign-policy default'],
    ['the older baseline beside the newer one, where its place does not', [np(`ingress: [${FROM_GATEWAY}]`, 'Ingress'), BANP, cnp('base', `egress: [{action: Deny, to: [${EVERYWHERE}]}]`, 'Baseline')], 'allow'],
    ['what cannot be read as a whole', [CLOSED, cnp('bad', 'ingress: [{action: Allow}]')], 'undetermined, foreign-policy bad'],
  ])('%s', (_title, objects, expected) => {
    expect(judged(...objects)).toBe(expected);
  });
});

describe('A policy that selects by labels of a namespace', () => {
  const wall = cnp(
    'wall',
    `ingress: [{action: Deny, from: [${ALL}]}]`,
    'Admin',
    1,
    'namespaces: {matchLabels: {team: ai}}',
  );
  const said = (...objects: readonly string[]) => {
    const { verdict, causes } = decisionOn(objects, '');
    return [verdict, ...causes.map(({ message }) => message)];
  };

  it('leaves a server undetermined where the Namespace is not given and it would close it', () => {
    expect(said(OPEN_TO_ALL_PODS, wall)).toEqual([
      'undetermined',
      'ClusterNetworkPolicy.policy.networking.k8s.io wall spec: it selects by labels of namespace tools, which is not given',
    ]);
  });

  it('changes nothing where the server is closed in any case', () => {
    expect(said(CLOSED, wall)).toEqual(['allow']);
  });

  it('changes nothing where the server is open in any case', () => {
    expect(said(np('ingress: [{}], egress: []'), wall)).toEqual(['deny']);
  });
});
