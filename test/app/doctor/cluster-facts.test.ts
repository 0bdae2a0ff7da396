import { describe, expect, test } from 'vitest';
import { readGatePolicy } from '../../../src/adapters/config/document.ts';
import { bypassRights } from '../../../src/app/doctor/bypass-rights.ts';
import { clock, dnsLabels, gateways, policyApis, ranges, versions } from '../../../src/app/doctor/cluster-facts.ts';
import { otherEngines } from '../../../src/app/doctor/other-engines.ts';
import { CONFIG } from '../../cli/manifests.ts';
import { rangesPolicy } from '../../support/ranges-policy.ts';
import { NOW, seen, told } from './seen.ts';

const pod = (namespace: string, name: string, labels: string, image: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {namespace: ${namespace}, name: ${name}, labels: {${labels}}}, spec: {containers: [{name: main, image: "${image}"}]}}`;
const DNS = 'registry.k8s.io/coredns/coredns:v1.12.0';

describe('cluster DNS', () => {
  test.each([
    [
      'with the usual labels',
      pod('kube-system', 'coredns-1', 'k8s-app: kube-dns', DNS),
      'pass: cluster DNS is what policies admit: kube-system/coredns-1',
    ],
    [
      'with others',
      pod('kube-system', 'dns-1', 'app: own-dns', DNS),
      'fail: the Pods of cluster DNS bear labels that no allowed destination selects: kube-system/dns-1 has app=own-dns',
    ],
    ['in another namespace', pod('dns', 'coredns-1', 'k8s-app: kube-dns', DNS), 'fail: the Pods of cluster DNS'],
    [
      'under an image that is not known',
      pod('kube-system', 'd-1', 'k8s-app: kube-dns', 'registry.example/d:1'),
      'pass: allowed destinations select 1 Pods',
    ],
    ['nowhere', pod('shop', 'web', 'app: web', 'nginx'), 'unknown: no Pod of cluster DNS was found'],
  ])('%s', (_, judged, said) => {
    expect(told(dnsLabels(seen({ judged })))[0]).toContain(said);
  });
});

describe('ranges', () => {
  const whole = rangesPolicy({
    pods: ['10.244.0.0/16'],
    services: ['10.96.0.0/12'],
    nodes: ['192.0.2.0/24'],
    controlPlane: [],
  });
  test('that are all configured, and hold what is in use, pass', () => {
    const observed = [{ class: 'pods', text: '10.244.1.1', holder: 'Pod a/b' }] as const;
    expect(told(ranges(seen({ policy: whole, observed })))).toEqual([
      'pass: the ranges of all classes are known, and hold every address in use',
    ]);
  });
  test('that an address in use is outside of fail', () => {
    const observed = [{ class: 'pods', text: '100.64.0.7', holder: 'Pod a/b' }] as const;
    expect(told(ranges(seen({ policy: whole, observed })))[0]).toMatch(
      /^fail: .*100\.64\.0\.7\/32 \(the first is of Pod a\/b\)/,
    );
  });
  test('that are not configured are warned of', () => {
    expect(told(ranges(seen()))[0]).toContain('warn: not all ranges are known of: pods, services, nodes, controlPlane');
  });
});

describe('gateways', () => {
  const { policy } = readGatePolicy(CONFIG, 'chokepoint.yaml');
  if (policy === undefined) throw new Error('the configuration of the tests is one');
  const judged = pod('gateway', 'envoy-1', 'app: envoy', 'envoyproxy/envoy:1');
  test.each([
    [
      'that are ready',
      { policy, judged, ready: ['gateway/envoy-1'] },
      'pass: the gateway envoy has 1 Pods that are ready',
    ],
    ['that are not ready', { policy, judged }, 'fail: none of the 1 Pods of the gateway envoy is ready'],
    ['that are not there', { policy }, 'fail: no Pod is what the gateway envoy selects'],
    ['that nobody names', {}, 'warn: the GatePolicy names no gateway'],
  ])('%s', (_, given, said) => {
    expect(told(gateways(seen(given)))[0]).toContain(said);
  });
});

test.each([
  [0, 'pass: the clock'],
  [59, 'pass: the clock'],
  [300, 'warn: the clock of a node is 300 s ahead'],
  [-300, 'warn: no node has renewed its lease for 300 s'],
])('a node whose lease was renewed %d s from now', (seconds, said) => {
  const nodeLeases = JSON.stringify({ spec: { renewTime: new Date(NOW + seconds * 1000).toISOString() } });
  expect(told(clock(seen({ reads: { nodeLeases } })))[0]).toContain(said);
});

test('without leases the clock is not known', () => {
  expect(told(clock(seen()))[0]).toMatch(/^unknown/);
});

describe('versions', () => {
  const nodes = (version: string) => `status: {nodeInfo: {kubeletVersion: ${version}}}`;
  const gate =
    'metadata: {name: chokepoint-webhook}\nspec: {template: {spec: {containers: [{image: "registry.example:5000/chokepoint:2.0.0"}]}}}';
  const installed = 'metadata: {name: chokepoint}\nwebhooks: [{name: enforce.chokepoint.dev}]';
  test.each([
    [{ nodes: nodes('v1.35.2-gke.100') }, 'pass: nodes run Kubernetes 1.35 or newer'],
    [{ nodes: nodes('v1.29.0') }, 'warn: a node runs Kubernetes 1.29'],
    [{ gateDeployments: gate, validatingWebhooks: installed }, 'warn: the gate runs 2.0.0, and this program is 1.0.0'],
    [{ gateDeployments: gate.replace('2.0.0', '1.0.0'), validatingWebhooks: installed }, 'pass'],
  ])('%j', (reads, said) => {
    expect(told(versions(seen({ reads })))[0]).toContain(said);
  });
});

test('other policy engines are known by their webhooks', () => {
  const kyverno =
    "{metadata: {name: kyverno-resource-mutating-webhook-cfg}, webhooks: [{rules: [{resources: ['*/*']}]}]}";
  const others = '{metadata: {name: kyverno-policy}, webhooks: [{rules: [{resources: [clusterpolicies]}]}]}';
  expect(told(otherEngines(seen({ reads: { mutatingWebhooks: kyverno } })))).toEqual([
    'warn: Kyverno reviews Pods or NetworkPolicies as well (kyverno-resource-mutating-webhook-cfg)',
  ]);
  expect(told(otherEngines(seen({ reads: { mutatingWebhooks: others } })))[0]).toMatch(/^pass/);
});

test('policies are counted by their API', () => {
  const judged = `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {namespace: a, name: b}, spec: {endpointSelector: {}, ingress: [{}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: a, name: b}, spec: {podSelector: {}}}`;
  expect(told(policyApis(seen({ judged })))).toEqual([
    'pass: 1 NetworkPolicies, and of other APIs 1 CiliumNetworkPolicy.cilium.io',
  ]);
});

describe('who could pass the gate by', () => {
  const role = (name: string, rule: string) => `{metadata: {name: ${name}}, rules: [${rule}]}`;
  const binding = (subject: string, roleName = 'r') =>
    `{metadata: {name: b}, roleRef: {kind: ClusterRole, name: ${roleName}}, subjects: [${subject}]}`;
  const ALICE = '{kind: User, name: alice}';
  const WEBHOOKS =
    '{verbs: [update], apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations]}';

  test.each([
    [
      'writes webhooks',
      WEBHOOKS,
      ALICE,
      'warn: 1 can have the API server ask the gate no more: User alice (ClusterRoleBinding b)',
    ],
    [
      'writes any resource of the group',
      '{verbs: ["*"], apiGroups: [admissionregistration.k8s.io], resources: ["*"]}',
      ALICE,
      'warn: 1 can have',
    ],
    ['reads webhooks', WEBHOOKS.replace('update', 'get'), ALICE, 'pass: nobody but Kubernetes itself'],
    ['writes those of another group', WEBHOOKS.replace('admissionregistration', 'example'), ALICE, 'pass: nobody'],
    [
      'opens tunnels',
      '{verbs: [create], apiGroups: [""], resources: [pods/portforward]}',
      ALICE,
      'warn: 1 can reach servers through the API server',
    ],
    [
      'opens all tunnels',
      '{verbs: [create], apiGroups: [""], resources: ["*/portforward"]}',
      ALICE,
      'warn: 1 can reach servers through the API server',
    ],
    [
      'impersonates',
      '{verbs: [impersonate], apiGroups: [""], resources: [users]}',
      ALICE,
      'warn: 1 can act as the controller',
    ],
    ['is a part of Kubernetes', WEBHOOKS, '{kind: ServiceAccount, namespace: kube-system, name: x}', 'pass: nobody'],
    ['is a group of Kubernetes', WEBHOOKS, '{kind: Group, name: "system:masters"}', 'pass: nobody'],
    ['is everybody', WEBHOOKS, '{kind: Group, name: "system:authenticated"}', 'warn: 1 can have'],
    [
      'may do everything',
      '{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}',
      ALICE,
      'pass: 1 may do everything, and so pass the gate by: User alice',
    ],
  ])('who %s', (_, rule, subject, said) => {
    const reads = { clusterRoles: role('r', rule), clusterRoleBindings: binding(subject) };
    expect(told(bypassRights(seen({ reads })))[0]).toContain(said);
  });

  test.each([
    ['enforces', 'chokepoint.dev/mode: enforce', 'warn: 1 can reach servers'],
    ['does not', 'a: b', 'pass: nobody'],
  ])('in a namespace that %s', (_, labels, said) => {
    const reads = {
      clusterRoles: role('edit', '{verbs: [create], apiGroups: [""], resources: [pods/exec]}'),
      roleBindings: binding(ALICE, 'edit').replace('{name: b}', '{name: b, namespace: shop}'),
    };
    const judged = `{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {${labels}}}}`;
    expect(told(bypassRights(seen({ reads, judged })))[0]).toContain(said);
  });
});
