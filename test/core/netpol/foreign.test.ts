import { describe, expect, it } from 'vitest';
import { judgedPoliciesOf, unjudgedPoliciesOf } from '../../../src/core/netpol/foreign.ts';
import { createReach } from '../../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const objects = (text: string) => (parseYaml(text) as Record<string, unknown>[]).map(decoded);
const pod = (name: string, namespace: string, spec = ''): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}}}, spec: {${spec}containers: [{name: c, image: i}]}}`;
const NAMESPACES = ['a', 'b'].map(
  name => `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {team: ${name}}}}`,
);
const PODS = [pod('client', 'a'), pod('server', 'b'), pod('node', 'b', 'hostNetwork: true, ')];

const policy = (api: string, kind: string, spec: string, namespace = ''): string =>
  `{apiVersion: ${api}, kind: ${kind}, metadata: {name: p${namespace && `, namespace: ${namespace}`}}, spec: ${spec}}`;
const admin = (spec: string) => policy('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', spec);
const cilium = (spec: string) => policy('cilium.io/v2', 'CiliumNetworkPolicy', spec, 'b');
const calico = (spec: string) => policy('projectcalico.org/v3', 'NetworkPolicy', spec, 'b');
const antrea = (spec: string) => policy('crd.antrea.io/v1beta1', 'ClusterNetworkPolicy', spec);
const network = (spec: string) => policy('k8s.ovn.org/v1', 'UserDefinedNetwork', spec, 'b');
const TEAM_B = 'subject: {namespaces: {matchLabels: {team: b}}}';

/** Directions in which it may decide for `b/server`. */
function directionsOf(text: string): readonly string[] {
  const world = buildWorld(objects([...NAMESPACES, ...PODS, text].join('\n---\n')));
  const content = world.namespace('b');
  const server = content.workloads.get('Pod/server');
  if (server === undefined || !isWorkload(server)) throw new Error('no server');
  return (['ingress', 'egress'] as const).filter(direction =>
    [judgedPoliciesOf, unjudgedPoliciesOf].some(policiesOf => policiesOf(world, content, server, direction).length > 0),
  );
}
const BOTH = ['ingress', 'egress'];

it.each([
  [
    'AdminNetworkPolicy',
    (labels: string) => admin(`{priority: 1, ${TEAM_B}, ingress: [{action: Deny, from: [${labels}]}]}`),
  ],
  [
    'CiliumNetworkPolicy',
    (labels: string) => cilium(`{endpointSelector: {}, ingress: [{fromEndpoints: [${labels}]}]}`),
  ],
])('A policy that is too large may decide in both directions: %s', (_, text) => {
  expect(directionsOf(text(Array.from({ length: 30_000 }, () => '{matchLabels: {}}').join(', ')))).toEqual(BOTH);
});

describe('A policy of another API decides in the directions that it has rules for:', () => {
  // biome-ignore format: one line a case
  it.each([
    ['ingress', admin(`{${TEAM_B}, ingress: [{action: Deny, from: []}]}`), ['ingress']],
    ['egress', admin(`{${TEAM_B}, egress: [{action: Deny, to: []}]}`), ['egress']],
    ['both', admin(`{${TEAM_B}, ingress: [{}], egress: [{}]}`), BOTH],
    ['an empty list beside rules', admin(`{${TEAM_B}, ingress: [], egress: [{}]}`), ['egress']],
    ['none, so that its defaults would count', admin(`{${TEAM_B}}`), BOTH],
    ['no spec', admin('null'), BOTH],
    ['other namespaces', admin('{subject: {namespaces: {matchLabels: {team: a}}}, ingress: [{}]}'), []],
    ['other pods', admin('{subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: other}}}}, ingress: [{}]}'), []],
    ['Cilium, a denial', cilium('{endpointSelector: {}, ingressDeny: [{}]}'), ['ingress']],
    ['Cilium, egress', cilium('{endpointSelector: {matchLabels: {app: server}}, egress: [{}]}'), ['egress']],
    ['Cilium, a default that is switched on without rules, which isolates nobody', cilium('{endpointSelector: {}, ingress: [{}], enableDefaultDeny: {egress: true}}'), ['ingress']],
    ['Cilium, other endpoints', cilium('{endpointSelector: {matchLabels: {app: other}}, ingress: [{}]}'), []],
    ['Cilium, labels of a source', cilium('{endpointSelector: {matchLabels: {"k8s:app": other}}, ingress: [{}]}'), []],
    ['Calico, types', calico('{types: [Egress]}'), ['egress']],
    ['Calico, without types or rules', calico('{selector: all()}'), ['ingress']],
    ['Calico, without types', calico('{egress: [{action: Allow}]}'), ['egress']],
    ['Calico, other pods', calico(`{selector: "app == 'other'"}`), []],
    ['Calico, other pods for one part of several', calico(`{selector: "all() && (app in {'other'}) && has(app)"}`), []],
    ['Calico, pods that it may find', calico(`{selector: "app == 'other' || app == 'server'"}`), ['ingress']],
    ['Antrea', antrea('{appliedTo: [{podSelector: {}}], ingress: [{action: Drop}]}'), ['ingress']],
    ['names outside the cluster', policy('networking.gke.io/v1alpha3', 'FQDNNetworkPolicy', '{podSelector: {}, egress: [{}]}', 'b'), ['egress']],
    ['another namespace', policy('cilium.io/v2', 'CiliumNetworkPolicy', '{endpointSelector: {}, ingress: [{}]}', 'a'), []],
    ['a primary network', network('{topology: Layer3, layer3: {role: Primary}}'), BOTH],
    ['a secondary network', network('{topology: Layer2, layer2: {role: Secondary}}'), []],
    ['a network whose role is not told', network('{topology: Layer2}'), BOTH],
    ['a primary network of namespaces', policy('k8s.ovn.org/v1', 'ClusterUserDefinedNetwork', '{namespaceSelector: {matchLabels: {team: b}}, network: {layer2: {role: Primary}}}'), BOTH],
    ['a primary network of other namespaces', policy('k8s.ovn.org/v1', 'ClusterUserDefinedNetwork', '{namespaceSelector: {matchLabels: {team: a}}, network: {layer2: {role: Primary}}}'), []],
    ['a secondary network of namespaces', policy('k8s.ovn.org/v1', 'ClusterUserDefinedNetwork', '{namespaceSelector: {}, network: {layer3: {role: Secondary}}}'), []],
  ])('%s', (_, text, expected) => {
    expect(directionsOf(text)).toEqual(expected);
  });
});

const closed = (name: string, namespace: string, type: string): string =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: ${namespace}}, spec: {podSelector: {}, policyTypes: [${type}]}}`;

/** Whether `a/client` reaches a pod of `b`, and the policies that keep that unknown. */
function answer(others: readonly string[], to = 'server') {
  const reach = createReach(buildWorld(objects([...NAMESPACES, ...PODS, ...others].join('\n---\n'))));
  const query = parseReachQuery({ from: { pod: 'a/client' }, to: { pod: `b/${to}` }, port: 80 });
  if ('problem' in query) throw new Error(query.problem);
  const found = reach(query);
  if (!('allowed' in found)) throw new Error(JSON.stringify(found));
  return [found.allowed, found.egress.allowed, found.ingress.allowed, found.causes?.map(({ policy: name }) => name)];
}
const WALL = admin(`{${TEAM_B}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}`);
const OUT = admin(`{${TEAM_B}, egress: [{action: Deny, to: [{namespaces: {}}]}]}`);
const PRIMARY =
  '{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {k8s.ovn.org/primary-user-defined-network: ""}}}';

describe('reach has no answer where something that is not judged may give it:', () => {
  it.each([
    ['nothing is', [], 'server', [true, true, true, undefined]],
    ['the ingress of the destination', [WALL], 'server', [null, true, null, ['AdminNetworkPolicy p']]],
    ['the egress of the destination is not asked', [OUT], 'server', [true, true, true, undefined]],
    ['the source is refused already', [WALL, closed('c', 'a', 'Egress')], 'server', [false, false, null, undefined]],
    [
      'a NetworkPolicy refuses what it may allow',
      [WALL, closed('c', 'b', 'Ingress')],
      'server',
      [null, true, null, ['AdminNetworkPolicy p']],
    ],
    [
      "a selector of pods leaves the host's network alone",
      [cilium('{endpointSelector: {}, ingress: [{}]}')],
      'node',
      [true, true, true, undefined],
    ],
    ['a namespace with a primary network', [PRIMARY], 'server', [null, null, true, ['Namespace a']]],
  ])('%s', (_, others, to, expected) => {
    expect(answer(others, to)).toEqual(expected);
  });
});
