import { describe, expect, test } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { parseYaml } from '../../support/yaml.ts';

function issuesOf(text: string): readonly string[] {
  const [object] = parseYaml(text);
  const decoded = createDecoder()(object as Readonly<Record<string, unknown>>);
  return decoded.kind === 'other' ? ['other'] : decoded.issues.map(({ code, path }) => `${code} ${path}`);
}

const namespaced = (spec: string): readonly string[] =>
  issuesOf(`{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a, namespace: b}, spec: ${spec}}`);
const clusterwide = (spec: string): readonly string[] =>
  issuesOf(`{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: a}, spec: ${spec}}`);
const ingress = (rule: string): readonly string[] => namespaced(`{endpointSelector: {}, ingress: [${rule}]}`);
const egress = (rule: string): readonly string[] => namespaced(`{endpointSelector: {}, egress: [${rule}]}`);
const port = (text: string): readonly string[] => ingress(`{toPorts: [{ports: [${text}]}]}`);

describe('A policy of Cilium that is read as a whole', () => {
  // biome-ignore format: one line a case
  test.each<[string, readonly string[]]>([
    ['has keys with their sources', ingress('{fromEndpoints: [{matchLabels: {"k8s:app": a, "any:io.kubernetes.pod.namespace": b}}]}')],
    ['has requirements on virtual labels', ingress('{fromEndpoints: [{matchExpressions: [{key: io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name, operator: NotIn, values: [a]}]}]}')],
    ['has ports by number, by name, and all of them', port('{port: "80", protocol: ANY}, {port: http}, {port: "0", protocol: TCP}, {port: "1024", endPort: 2048, protocol: SCTP}')],
    ['has rules about what is said on a port', ingress('{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET}]}, serverNames: [a.example]}]}')],
    ['has messages without ports', egress('{icmps: [{fields: [{type: 8, family: IPv4}, {type: EchoRequest, family: IPv6}]}]}')],
    ['has names of hosts', egress('{toFQDNs: [{matchName: api.example.com}, {matchPattern: "**.example.com"}]}')],
    ['has groups of blocks', egress('{toCIDRSet: [{cidrGroupRef: a}, {cidrGroupSelector: {matchLabels: {role: vpn}}, except: [10.0.0.0/8]}]}')],
    ['has Services', egress('{toServices: [{k8sService: {serviceName: a, namespace: b}}, {k8sServiceSelector: {selector: {matchLabels: {a: b}}}}]}')],
    ['is for nodes', clusterwide('{nodeSelector: {}, ingress: [{fromEntities: [cluster]}]}')],
    ['has several rule objects', issuesOf('{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a}, specs: [{endpointSelector: {}}, {endpointSelector: {}, egressDeny: [{toEntities: [world]}]}]}')],
    ['is a group of blocks', issuesOf('{apiVersion: cilium.io/v2alpha1, kind: CiliumCIDRGroup, metadata: {name: a}, spec: {externalCIDRs: [10.0.0.0/8]}}')],
  ])('%s', (_title, issues) => {
    expect(issues).toEqual([]);
  });
});

describe('What is wrong in a policy of Cilium is told by its field:', () => {
  // biome-ignore format: one line a case
  test.each<[string, readonly string[], readonly string[]]>([
    ['nothing that it is for', namespaced('{ingress: [{}]}'), ['invalid-spec spec']],
    ['pods and nodes at once', clusterwide('{endpointSelector: {}, nodeSelector: {}}'), ['invalid-spec spec']],
    ['nodes, in a namespace', namespaced('{nodeSelector: {}}'), ['invalid-spec spec.nodeSelector']],
    ['no rule object at all', issuesOf('{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a}}'), ['invalid-spec spec']],
    ['a number for a port', port('{port: 80}'), ['wrong-type spec.ingress[0].toPorts[0].ports[0].port']],
    ['no port', port('{protocol: TCP}'), ['invalid-port spec.ingress[0].toPorts[0].ports[0].port']],
    ['a port that is too high', port('{port: "65536"}'), ['invalid-port spec.ingress[0].toPorts[0].ports[0].port']],
    ['a port in octal', port('{port: "010"}'), ['invalid-port spec.ingress[0].toPorts[0].ports[0].port']],
    ['a range that ends before it begins', port('{port: "80", endPort: 79}'), ['invalid-port spec.ingress[0].toPorts[0].ports[0].endPort']],
    ['a protocol in small letters', port('{port: "80", protocol: tcp}'), ['invalid-port spec.ingress[0].toPorts[0].ports[0].protocol']],
    ['more ports than the agent takes', ingress(`{toPorts: [{ports: [${Array.from({ length: 41 }, (_, index) => `{port: "${index + 1}"}`).join(', ')}]}]}`), ['invalid-port spec.ingress[0].toPorts[0].ports']],
    ['two kinds of peers in one rule', ingress('{fromEndpoints: [{}], fromEntities: [world]}'), ['invalid-rule spec.ingress[0]']],
    ['messages beside ports', ingress('{icmps: [{fields: [{type: 8}]}], toPorts: [{ports: [{port: "80"}]}]}'), ['invalid-rule spec.ingress[0].icmps']],
    ['an entity that there is not', ingress('{fromEntities: [internet]}'), ['invalid-entity spec.ingress[0].fromEntities[0]']],
    ['a block without a prefix', egress('{toCIDR: [10.0.0.1]}'), ['invalid-cidr spec.egress[0].toCIDR[0]']],
    ['an except that is not inside', egress('{toCIDRSet: [{cidr: 10.0.0.0/8, except: [192.168.0.0/16]}]}'), ['invalid-except spec.egress[0].toCIDRSet[0].except[0]']],
    ['a block and a group at once', egress('{toCIDRSet: [{cidr: 10.0.0.0/8, cidrGroupRef: a}]}'), ['invalid-cidr spec.egress[0].toCIDRSet[0]']],
    ['a host that is none', egress('{toFQDNs: [{matchName: "a b"}]}'), ['invalid-name spec.egress[0].toFQDNs[0]']],
    ['a host without a name', egress('{toFQDNs: [{}]}'), ['invalid-name spec.egress[0].toFQDNs[0]']],
    ['a Service without a name', egress('{toServices: [{}]}'), ['invalid-service spec.egress[0].toServices[0]']],
    ['a key that is none', ingress('{fromEndpoints: [{matchLabels: {"k8s:a b": c}}]}'), ['invalid-selector spec.ingress[0].fromEndpoints[0].matchLabels["k8s:a b"]']],
    ['In without values', ingress('{fromEndpoints: [{matchExpressions: [{key: "k8s:a", operator: In}]}]}'), ['invalid-selector spec.ingress[0].fromEndpoints[0].matchExpressions[0].values']],
    ['a selector that is a list', ingress('{fromEndpoints: {matchLabels: {a: b}}}'), ['wrong-type spec.ingress[0].fromEndpoints']],
    ['a switch that is a text', namespaced('{endpointSelector: {}, ingress: [{}], enableDefaultDeny: {ingress: "no"}}'), ['wrong-type spec.enableDefaultDeny.ingress']],
    ['a block of a group', issuesOf('{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: a}, spec: {externalCIDRs: [ten]}}'), ['invalid-cidr spec.externalCIDRs[0]']],
    ['a field that nobody knows, which may narrow the rule', ingress('{fromEndpoint: [{}]}'), ['unknown-field spec.ingress[0].fromEndpoint']],
    ['names of hosts in a rule that denies', namespaced('{endpointSelector: {}, egressDeny: [{toFQDNs: [{matchName: a.example}]}]}'), ['unknown-field spec.egressDeny[0].toFQDNs']],
  ])('%s', (_title, issues, expected) => {
    expect(issues).toEqual(expected);
  });
});
