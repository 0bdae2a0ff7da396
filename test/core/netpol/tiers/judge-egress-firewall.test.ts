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
const np = (egress: string) =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: tools}, spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [${GATEWAY}]}], egress: ${egress}}}`;
const firewall = (egress: string, namespace = 'tools') =>
  `{apiVersion: k8s.ovn.org/v1, kind: EgressFirewall, metadata: {name: default, namespace: ${namespace}}, spec: {egress: ${egress}}}`;
const allow = (to: string, ports = '') => `{type: Allow, to: {${to}}${ports && `, ports: [${ports}]`}}`;
const deny = (to: string, ports = '') => `{type: Deny, to: {${to}}${ports && `, ports: [${ports}]`}}`;
const rules = (...all: readonly string[]) => firewall(`[${all.join(', ')}]`);

/** The internet less pods and Services: nodes, the control plane and metadata are open. */
const OUT = np('[{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.0.0/16, 10.96.0.0/12]}}]}]');
const EVERYTHING = np('[{}]');
const METADATA = deny('cidrSelector: 169.254.0.0/16');
const NODE =
  '{apiVersion: v1, kind: Node, metadata: {name: n, labels: {role: worker}}, status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}}';

describe('A server beside an EgressFirewall', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string]>([
    ['is closed where the firewall denies what NetworkPolicies let out to', [OUT, rules(METADATA, deny('cidrSelector: 192.168.0.0/16'), deny('cidrSelector: 172.16.0.0/12'))], 'allow, warn egress-reaches-link-local np'],
    ['is open to what it does not deny', [OUT, rules(METADATA, deny('cidrSelector: 172.16.0.0/12'))], 'deny, egress-reaches-cluster np, warn egress-reaches-link-local np'],
    ['is open without it', [OUT], 'deny, egress-reaches-cluster np, warn egress-reaches-link-local np, egress-reaches-metadata np'],
    ['is open to pods, which no block holds', [EVERYTHING, rules(deny('cidrSelector: 0.0.0.0/0'), deny('cidrSelector: "::/0"'))], 'deny, egress-reaches-cluster np'],
    ['is open to what a rule before lets out', [OUT, rules(allow('cidrSelector: 169.254.169.254/32'), deny('cidrSelector: 0.0.0.0/0'))], 'deny, egress-reaches-metadata np'],
    ['is open on the ports that a rule before lets out', [OUT, rules(allow('cidrSelector: 169.254.169.254/32', '{protocol: TCP, port: 80}'), deny('cidrSelector: 0.0.0.0/0'))], 'deny, egress-reaches-metadata np'],
    ['is open on other ports than it denies', [OUT, rules(deny('cidrSelector: 0.0.0.0/0', '{protocol: TCP, port: 80}'))], 'deny, egress-reaches-cluster np, warn egress-reaches-link-local np, egress-reaches-metadata np'],
    ['is opened to nothing by it', [np('[]'), rules(allow('cidrSelector: 0.0.0.0/0'))], 'allow'],
    ['is let out to hosts by name, and nowhere else', [OUT, rules(allow('dnsName: www.example.com'), deny('cidrSelector: 0.0.0.0/0'))], 'allow'],
    ['may be let out inside by a name', [OUT, rules(allow('dnsName: metadata.google.internal'), deny('cidrSelector: 0.0.0.0/0'))], 'undetermined, egress-reaches-cluster np, warn egress-reaches-link-local np, egress-reaches-metadata np, foreign-policy default'],
    ['is let out to nodes by their labels', [OUT, NODE, rules(allow('nodeSelector: {matchLabels: {role: worker}}'), deny('cidrSelector: 0.0.0.0/0'))], 'deny, egress-reaches-cluster np'],
    ['is let out to no node of these labels', [OUT, NODE, rules(allow('nodeSelector: {matchLabels: {role: infra}}'), deny('cidrSelector: 0.0.0.0/0'))], 'allow'],
    ['may be let out to nodes that are not known', [OUT, rules(allow('nodeSelector: {}'), deny('cidrSelector: 0.0.0.0/0'))], 'undetermined, egress-reaches-cluster np, foreign-policy default'],
    ['is that of another namespace', [OUT, firewall(`[${deny('cidrSelector: 0.0.0.0/0')}]`, 'other')], 'deny, egress-reaches-cluster np, warn egress-reaches-link-local np, egress-reaches-metadata np'],
    ['has no rules', [OUT, rules()], 'deny, egress-reaches-cluster np, warn egress-reaches-link-local np, egress-reaches-metadata np'],
    ['cannot be read, so that it may deny anything', [OUT, rules(deny('cidrSelector: 10'))], 'undetermined, egress-reaches-cluster np, warn egress-reaches-link-local np, egress-reaches-metadata np, foreign-policy default'],
    ['stands before what an administrator allows', [np('[]'), '{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: a}, spec: {priority: 1, subject: {namespaces: {}}, egress: [{action: Allow, to: [{networks: [169.254.169.254/32]}]}]}}', rules(METADATA)], 'allow'],
  ])('%s', (_title, objects, expected) => {
    expect(judged(...objects)).toBe(expected);
  });

  it('isolates nothing where no policy does: pods are open', () => {
    const { findings } = decisionOn([rules(deny('cidrSelector: 0.0.0.0/0'))]);
    expect(findings.map(({ rule }) => rule)).toEqual(['egress-not-isolated', 'ingress-not-isolated']);
  });
});

describe('reach asks the firewall beside policies:', () => {
  const pod = (name: string, namespace: string, ip: string, spec = '') =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}}}, spec: {${spec}containers: [{name: c, image: i}]}, status: {podIPs: [{ip: ${ip}}]}}`;
  const PODS = [pod('s', 'tools', '10.244.0.1'), pod('host', 'tools', '192.168.0.1', 'hostNetwork: true, ')];
  const CLOSED = rules(deny('cidrSelector: 0.0.0.0/0'));

  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string, string, boolean | null]>([
    ['an address outside', [CLOSED], 'tools/s', '203.0.113.7', false],
    ['the address of a node', [CLOSED], 'tools/s', '192.168.0.1', false],
    ['a pod', [CLOSED, pod('other', 'default', '10.244.0.2')], 'tools/s', 'default/other', true],
    ['a pod in the network of its node', [CLOSED, pod('other', 'default', '192.168.0.2', 'hostNetwork: true, ')], 'tools/s', 'default/other', false],
    ['from the network of a node', [CLOSED], 'tools/host', '203.0.113.7', true],
    ['an address that may be that of a name', [rules(allow('dnsName: "*.example.com"'), deny('cidrSelector: 0.0.0.0/0'))], 'tools/s', '203.0.113.7', null],
    ['what a NetworkPolicy keeps from the pods', [np('[]'), rules(allow('cidrSelector: 0.0.0.0/0'))], 'tools/s', '203.0.113.7', false],
  ])('%s', (_title, objects, from, to, expected) => {
    const text = [...PODS, ...objects].join('\n---\n');
    const reach = createReach(buildWorld((parseYaml(text) as Record<string, unknown>[]).map(decoded)));
    const query = parseReachQuery({ from: { pod: from }, to: to.includes('/') ? { pod: to } : { ip: to }, port: 80 });
    if ('problem' in query) throw new Error(query.problem);
    expect(reach(query)).toMatchObject({ allowed: expected });
  });
});

describe('An EgressFirewall is read with the field that is wrong:', () => {
  const issuesOf = (spec: string, name = 'default'): readonly string[] => {
    const text = `{apiVersion: k8s.ovn.org/v1, kind: EgressFirewall, metadata: {name: ${name}, namespace: tools}, spec: ${spec}}`;
    const one = createDecoder()(parseYaml(text)[0] as Record<string, unknown>);
    return one.kind === 'object' ? one.issues.map(({ path, message }) => `${path}: ${message}`) : ['not decoded'];
  };
  const rule = (text: string): string => `{egress: [${text}]}`;

  // biome-ignore format: one line a case
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing is', issuesOf(rule('{type: Deny, to: {cidrSelector: "::/0"}, ports: [{protocol: SCTP, port: 65535}]}')), []],
    ['no rules', issuesOf('{egress: []}'), []],
    ['no list', issuesOf('{}'), ['spec.egress: is required']],
    ['its name', issuesOf('{egress: []}', 'mine'), ['metadata.name: must be default: the API server refuses it']],
    ['no type', issuesOf(rule('{to: {cidrSelector: 0.0.0.0/0}}')), ['spec.egress[0].type: is required']],
    ['the type', issuesOf(rule('{type: Drop, to: {cidrSelector: 0.0.0.0/0}}')), ['spec.egress[0].type: "Drop" is neither Allow nor Deny']],
    ['no destination', issuesOf(rule('{type: Deny}')), ['spec.egress[0].to: takes exactly one of cidrSelector, dnsName, nodeSelector: the API server refuses it']],
    ['two destinations', issuesOf(rule('{type: Deny, to: {cidrSelector: 0.0.0.0/0, dnsName: a.b}}')), ['spec.egress[0].to: takes exactly one of cidrSelector, dnsName, nodeSelector: the API server refuses it']],
    ['an unknown destination', issuesOf(rule('{type: Deny, to: {constructor: {}}}')), ['spec.egress[0].to.constructor: unknown field "constructor": the API server drops or refuses it', 'spec.egress[0].to: takes exactly one of cidrSelector, dnsName, nodeSelector: the API server refuses it']],
    ['a block', issuesOf(rule('{type: Deny, to: {cidrSelector: 1.2.3.4}}')), ['spec.egress[0].to.cidrSelector: "1.2.3.4" is no CIDR block: the firewall is not applied']],
    ['a block that is no text', issuesOf(rule('{type: Deny, to: {cidrSelector: 10}}')), ['spec.egress[0].to.cidrSelector: expected a string, got a number: write it in quotes, "10"']],
    ['a name', issuesOf(rule('{type: Allow, to: {dnsName: "a b"}}')), ['spec.egress[0].to.dnsName: "a b" is no domain name: the API server refuses it']],
    ['an operator', issuesOf(rule('{type: Allow, to: {nodeSelector: {matchExpressions: [{key: a, operator: Is}]}}}')), ['spec.egress[0].to.nodeSelector.matchExpressions[0].operator: "Is" is none of In, NotIn, Exists, DoesNotExist']],
    ['a port without a protocol', issuesOf(rule('{type: Deny, to: {cidrSelector: 0.0.0.0/0}, ports: [{port: 80}]}')), ['spec.egress[0].ports[0].protocol: is required']],
    ['a protocol without a port', issuesOf(rule('{type: Deny, to: {cidrSelector: 0.0.0.0/0}, ports: [{protocol: TCP}]}')), ['spec.egress[0].ports[0].port: is required']],
    ['a port', issuesOf(rule('{type: Deny, to: {cidrSelector: 0.0.0.0/0}, ports: [{protocol: TCP, port: 0}]}')), ['spec.egress[0].ports[0].port: 0 is not between 1 and 65535']],
  ])('%s', (_title, issues, expected) => {
    expect(issues).toEqual(expected);
  });
});
