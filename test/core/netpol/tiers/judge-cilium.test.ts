import { describe, expect, it } from 'vitest';
import { decisionOn, judged } from '../../../support/judged-server.ts';

const GATEWAY = '{matchLabels: {k8s:io.kubernetes.pod.namespace: mcp-gateway, k8s:app.kubernetes.io/name: envoy}}';
const FROM_GATEWAY = `{fromEndpoints: [${GATEWAY}], toPorts: [{ports: [{port: "8080", protocol: TCP}]}]}`;
const inTools = (spec: string, name = 'c') =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: ${name}, namespace: tools}, spec: {endpointSelector: {matchLabels: {app: s}}, ${spec}}}`;
const inCluster = (spec: string, name = 'w', selector = '{}') =>
  `{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: ${name}}, spec: {endpointSelector: ${selector}, ${spec}}}`;
const np = (rules: string, types = 'Ingress, Egress') =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: tools}, spec: {podSelector: {}, policyTypes: [${types}], ${rules}}}`;
const CLOSED = np(
  'ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}]}], egress: []',
);
const OPEN = np('ingress: [{}], egress: []');
const BOTH = `ingress: [${FROM_GATEWAY}], egress: [{}]`;
const into = (rule: string) => inTools(`ingress: [${FROM_GATEWAY}, ${rule}], egress: [{}]`);
const out = (rule: string) => inTools(`ingress: [${FROM_GATEWAY}], egress: [${rule}]`);
const NODES = ['n1: 192.168.0.7', 'n2: 192.168.0.8'].map(text => {
  const [name, address] = text.split(': ');
  return `{apiVersion: v1, kind: Node, metadata: {name: ${name}}, status: {addresses: [{type: InternalIP, address: ${address}}]}}`;
});
const GROUP =
  '{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: g}, spec: {externalCIDRs: [169.254.0.0/16]}}';
const SERVICE =
  '{apiVersion: v1, kind: Service, metadata: {name: db, namespace: data}, spec: {selector: {app: db}, ports: [{port: 80}]}}';

describe('A server beside policies of Cilium', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string]>([
    ['is closed by one of them alone', [inTools(BOTH)], 'allow'],
    ['is closed by one of the cluster', [inCluster(BOTH)], 'allow'],
    ['is closed by one of the cluster in one direction', [inCluster('ingress: [{}]'), np('egress: []', 'Egress')], 'allow, warn gateway-locked-out s'],
    ['is not isolated in a direction without rules', [inTools(`ingress: [${FROM_GATEWAY}]`)], 'deny, egress-not-isolated s'],
    ['is not isolated by an empty list', [inTools(`ingress: [${FROM_GATEWAY}], egress: []`)], 'deny, egress-not-isolated s'],
    ['is not isolated where the default is switched off', [inTools(`${BOTH}, enableDefaultDeny: {egress: false}`)], 'deny, egress-not-isolated s'],
    ['is isolated by a deny rule alone', [CLOSED, inTools('egressDeny: [{toEntities: [world]}]')], 'allow'],
    ['is selected by another label only', [inCluster(BOTH, 'w', '{matchLabels: {app: x}}')], 'deny, egress-not-isolated s, ingress-not-isolated s'],
    ['is opened though NetworkPolicies close it', [CLOSED, inTools('ingress: [{fromEntities: [cluster]}]')], 'deny, ingress-beyond-gateway c'],
    ['is closed though NetworkPolicies open it', [OPEN, inTools('ingressDeny: [{fromEntities: [all]}]')], 'allow, warn gateway-locked-out s'],
    ['is closed by denials of all but the gateway', [OPEN, inCluster('ingressDeny: [{fromEndpoints: [{matchExpressions: [{key: "k8s:io.kubernetes.pod.namespace", operator: NotIn, values: [mcp-gateway]}]}, {matchLabels: {"k8s:io.kubernetes.pod.namespace": mcp-gateway}, matchExpressions: [{key: app.kubernetes.io/name, operator: NotIn, values: [envoy]}]}]}, {fromEntities: [world, remote-node, kube-apiserver]}]'), ...NODES], 'allow'],
    ['is open to what no denial names', [OPEN, inCluster('ingressDeny: [{fromEntities: [world]}]')], 'deny, ingress-beyond-gateway np'],
    ['is open where a denial is of one port', [OPEN, inCluster('ingressDeny: [{fromEntities: [all], toPorts: [{ports: [{port: "80"}]}]}]')], 'deny, ingress-beyond-gateway np'],
    ['admits pods of its namespace', [into('{fromEndpoints: [{}]}')], 'deny, ingress-beyond-gateway c'],
    ['admits nobody by an empty list', [into('{fromEndpoints: []}')], 'allow'],
    ['admits a service account', [into('{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.serviceaccount: x}}]}')], 'deny, ingress-beyond-gateway c'],
    ['admits the gateway of one service account', [inTools(`ingress: [{fromEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: mcp-gateway, app.kubernetes.io/name: envoy, io.cilium.k8s.policy.serviceaccount: x}}]}], egress: [{}]`)], 'allow'],
    ['is closed to one service account, which leaves the others', [OPEN, inTools('ingressDeny: [{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.serviceaccount: x}}]}]')], 'deny, ingress-beyond-gateway np'],
    ['admits its own node, as always', [into('{fromEntities: [host]}')], 'allow'],
    ['admits other nodes', [into('{fromEntities: [remote-node]}')], 'deny, ingress-beyond-gateway c'],
    ['admits health checks', [into('{fromEntities: [health]}')], 'allow'],
    ['admits a block of pods, which is none there', [into('{fromCIDR: [10.244.0.0/16]}')], 'allow, warn ingress-beyond-gateway c'],
    ['admits addresses outside', [into('{fromCIDR: [203.0.113.0/24]}')], 'deny, ingress-beyond-gateway c'],
    ['admits everybody on a port', [into('{toPorts: [{ports: [{port: "80"}]}]}')], 'deny, ingress-beyond-gateway c'],
    ['admits by HTTP rules, the port of which is open', [into('{fromEntities: [cluster], toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{path: /}]}}]}')], 'deny, ingress-beyond-gateway c'],
    ['reaches the internet', [out('{toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 168.63.129.16/32, 100.100.100.200/32, 192.0.0.192/32]}]}')], 'allow'],
    ['reaches metadata as part of the world', [out('{toEntities: [world]}')], 'deny, egress-reaches-cluster c, warn egress-reaches-link-local c, egress-reaches-metadata c'],
    ['does not where a denial takes it back', [out('{toEntities: [world]}'), inCluster('egressDeny: [{toCIDR: [169.254.0.0/16, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 168.63.129.16/32, 192.0.0.192/32, "::/0"]}]')], 'allow, warn egress-reaches-cluster c'],
    ['reaches hosts by name', [out('{toFQDNs: [{matchName: api.example.com}]}')], 'allow'],
    ['reaches every host by a pattern', [out('{toFQDNs: [{matchPattern: "*"}]}')], 'allow, warn egress-reaches-cluster c, warn egress-reaches-link-local c, warn egress-reaches-metadata c'],
    ['reaches the API server', [out('{toEntities: [kube-apiserver]}')], 'deny, egress-reaches-cluster c'],
    ['reaches its node', [out('{toEntities: [host]}'), ...NODES], 'deny, egress-reaches-cluster c'],
    ['reaches blocks of pods and nodes, which are none there', [out('{toCIDR: [10.244.0.0/16, 192.168.0.0/24]}')], 'allow, warn egress-reaches-cluster c'],
    ['reaches blocks of Services', [out('{toCIDR: [10.96.0.0/12]}')], 'deny, egress-reaches-cluster c'],
    ['reaches pods of a Service', [out('{toServices: [{k8sService: {serviceName: db, namespace: data}}]}'), SERVICE], 'deny, egress-beyond-allowed c'],
    ['reaches a Service that is not there', [out('{toServices: [{k8sService: {serviceName: db, namespace: data}}]}')], 'allow'],
    ['reaches a group of blocks', [out('{toCIDRSet: [{cidrGroupRef: g}]}'), GROUP], 'deny, warn egress-reaches-link-local c, egress-reaches-metadata c'],
    ['reaches DNS', [out('{toEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}}], toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]}')], 'allow'],
    ['is closed as NetworkPolicies of pods and nodes by blocks are', [np('ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16}}]}], egress: []'), inTools('egress: [{}]')], 'allow, warn gateway-locked-out s, warn ingress-beyond-gateway np'],
    ['is about what is not judged', [inTools(`ingress: [${FROM_GATEWAY}, {fromNodes: [{matchLabels: {a: b}}]}], egress: [{}]`)], 'undetermined, ingress-beyond-gateway c, foreign-policy c'],
    ['is denied to what is not judged, and open to others', [OPEN, inTools('ingressDeny: [{fromGroups: [{aws: {region: x}}]}]')], 'undetermined, ingress-beyond-gateway np, foreign-policy c'],
    ['is closed whatever is not judged', [CLOSED, inTools('ingressDeny: [{fromGroups: [{aws: {region: x}}]}]')], 'allow'],
    ['is open whatever is not judged', [np('ingress: [], egress: [{}]'), inTools('ingressDeny: [{fromGroups: [{aws: {region: x}}]}]')], 'deny, egress-reaches-cluster np, warn egress-reaches-link-local np, egress-reaches-metadata np, warn gateway-locked-out s'],
  ])('%s', (_title, objects, expected) => {
    expect(judged(...objects)).toBe(expected);
  });

  it('is undetermined for the field that is not judged', () => {
    const { causes } = decisionOn([inTools(`ingress: [{fromNodes: [{matchLabels: {a: b}}]}], egress: [{}]`)]);
    expect(causes.map(({ message }) => message)).toEqual([
      'CiliumNetworkPolicy.cilium.io tools/c spec.ingress[0].fromNodes[0]: selects nodes by their labels, which are not among the facts',
    ]);
  });

  it('is mended in the object that opens it, not in a NetworkPolicy', () => {
    const { findings } = decisionOn([CLOSED, inTools('ingress: [{fromEntities: [cluster]}]')]);
    expect(new Set(findings.map(({ fix, path }) => `${path}: ${fix.summary}`))).toEqual(
      new Set([
        'spec.ingress[0].fromEntities[0]: change spec.ingress[0].fromEntities[0] of CiliumNetworkPolicy.cilium.io tools/c: what it allows adds to what NetworkPolicies allow, and none takes it back',
      ]),
    );
  });
});
