import { describe, expect, it } from 'vitest';
import { decisionOn, judged } from '../../../support/judged-server.ts';

const API = 'projectcalico.org/v3';
const FROM_GATEWAY = `{action: Allow, source: {namespaceSelector: "kubernetes.io/metadata.name == 'mcp-gateway'", selector: "app.kubernetes.io/name == 'envoy'"}}`;
const inTools = (spec: string, name = 'c') =>
  `{apiVersion: ${API}, kind: NetworkPolicy, metadata: {name: ${name}, namespace: tools}, spec: {selector: "app == 's'", ${spec}}}`;
const inCluster = (spec: string, name = 'w', selector = 'all()') =>
  `{apiVersion: ${API}, kind: GlobalNetworkPolicy, metadata: {name: ${name}}, spec: {selector: "${selector}", ${spec}}}`;
const tier = (name: string, spec: string) =>
  `{apiVersion: ${API}, kind: Tier, metadata: {name: ${name}}, spec: {${spec}}}`;
const set = (name: string, labels: string, nets: string) =>
  `{apiVersion: ${API}, kind: GlobalNetworkSet, metadata: {name: ${name}, labels: {${labels}}}, spec: {nets: [${nets}]}}`;
const np = (rules: string, types = 'Ingress, Egress', name = 'np') =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: tools}, spec: {podSelector: {}, policyTypes: [${types}], ${rules}}}`;
const CLOSED = np(
  'ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}]}], egress: []',
);
const OPEN = np('ingress: [{}], egress: []');
const BOTH = `types: [Ingress, Egress], ingress: [${FROM_GATEWAY}]`;
const DENY_ALL = 'ingress: [{action: Deny}]';
const PASS_TIER = tier('sec', 'order: 10, defaultAction: Pass');
const DENY_TIER = tier('sec', 'order: 10');

describe('A server beside policies of Calico', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string]>([
    ['is closed by one of them alone', [inTools(BOTH)], 'allow'],
    ['is closed by one of the cluster', [inCluster(BOTH)], 'allow'],
    ['is not isolated in a direction that the types leave out', [inTools(`types: [Ingress], ingress: [${FROM_GATEWAY}]`)], 'deny, egress-not-isolated s'],
    ['is not selected', [inCluster(BOTH, 'w', "app == 'x'")], 'deny, egress-not-isolated s, ingress-not-isolated s'],
    ['is opened before NetworkPolicies', [CLOSED, inCluster('order: 10, ingress: [{action: Allow}]')], 'deny, ingress-beyond-gateway w'],
    ['is opened after NetworkPolicies, which leave the rest of their tier', [CLOSED, inCluster('order: 2000, ingress: [{action: Allow}]')], 'deny, ingress-beyond-gateway w'],
    ['is closed before NetworkPolicies', [OPEN, inCluster(`order: 10, ${DENY_ALL}`)], 'allow, warn gateway-locked-out s'],
    ['is closed after NetworkPolicies too late', [OPEN, inCluster(`order: 2000, ${DENY_ALL}`)], 'deny, ingress-beyond-gateway np'],
    ['is closed at the order of NetworkPolicies by name', [OPEN, inCluster(`order: 1000, ${DENY_ALL}`, 'a')], 'allow, warn gateway-locked-out s'],
    ['is closed at the order of NetworkPolicies too late by name', [OPEN, inCluster(`order: 1000, ${DENY_ALL}`, 'z')], 'deny, ingress-beyond-gateway np'],
    ['is closed by a tier before, whose policy lets the gateway pass', [OPEN, DENY_TIER, inCluster(`tier: sec, ingress: [{action: Pass, source: {namespaceSelector: "kubernetes.io/metadata.name == 'mcp-gateway'", selector: "app.kubernetes.io/name == 'envoy'"}}]`)], 'allow'],
    ['is left to the next tier by a default that passes', [OPEN, PASS_TIER, inCluster(`tier: sec, ingress: [{action: Deny, source: {selector: "app == 'x'"}}]`)], 'deny, ingress-beyond-gateway np'],
    ['is passed to nothing where no tier comes after', [tier('zzz', 'order: 2000000'), inCluster(`tier: zzz, ${BOTH}`), np('ingress: []', 'Ingress')], 'allow, warn gateway-locked-out s'],
    ['is closed by a tier after the default one', [tier('late', 'order: 2000000'), inCluster('tier: late, types: [Ingress, Egress]')], 'allow, warn gateway-locked-out s'],
    ['is asked of the tier that comes first', [tier('a', 'order: 2'), tier('b', 'order: 1'), inCluster('tier: a, types: [Ingress, Egress]', 'x'), inCluster('tier: b, types: [Ingress, Egress], ingress: [{action: Allow}]', 'yy')], 'deny, ingress-beyond-gateway yy'],
    ['is denied by a rule before', [inCluster(`types: [Ingress, Egress], ingress: [{action: Deny, source: {notNets: [10.0.0.0/8]}}, {action: Deny, source: {selector: "!has(app.kubernetes.io/name)"}}, ${FROM_GATEWAY}]`)], 'allow'],
    ['is opened to a part of a text', [CLOSED, inCluster(`order: 1, ingress: [{action: Allow, source: {selector: "app contains 'web'"}}]`)], 'deny, ingress-beyond-gateway w'],
    ['is closed to a part of a text, which leaves others', [OPEN, inCluster(`order: 1, ingress: [{action: Deny, source: {selector: "app contains 'web'"}}]`)], 'deny, ingress-beyond-gateway np'],
    ['is opened to all but some', [CLOSED, inCluster(`order: 1, ingress: [{action: Allow, source: {selector: "app != 'web'"}}]`)], 'deny, ingress-beyond-gateway w'],
    ['is opened to addresses', [CLOSED, inCluster('order: 1, ingress: [{action: Allow, source: {nets: [203.0.113.0/24]}}]')], 'deny, ingress-beyond-gateway w'],
    ['is opened to a set of networks', [CLOSED, set('s', 'role: "vpn"', '203.0.113.0/24'), inCluster(`order: 1, ingress: [{action: Allow, source: {selector: "role == 'vpn'"}}]`)], 'deny, ingress-beyond-gateway w'],
    ['is let out to a set of metadata', [CLOSED, set('s', 'role: "vpn"', '169.254.169.254/32'), inCluster(`order: 1, egress: [{action: Allow, destination: {selector: "role == 'vpn' && !has(app)"}}]`)], 'deny, egress-beyond-allowed w, egress-reaches-metadata w'],
    ['is the destination of an ingress rule', [CLOSED, inCluster(`order: 1, ingress: [{action: Allow, destination: {selector: "app == 's'"}}]`)], 'deny, ingress-beyond-gateway w'],
    ['is not the destination of an ingress rule', [CLOSED, inCluster(`order: 1, ingress: [{action: Allow, destination: {selector: "app == 'x'"}}]`)], 'allow'],
    ['is opened by ports', [CLOSED, inCluster('order: 1, ingress: [{action: Allow, protocol: TCP, destination: {ports: ["1:1024"]}}]')], 'deny, ingress-beyond-gateway w'],
    ['is opened to one service account', [CLOSED, inCluster('order: 1, ingress: [{action: Allow, source: {serviceAccounts: {names: [x]}}}]')], 'deny, ingress-beyond-gateway w'],
    ['is selected by its service account', [inCluster(`serviceAccountSelector: "projectcalico.org/name == 'mcp'", ${BOTH}`)], 'allow'],
    ['is not selected by another service account', [CLOSED, inCluster('order: 1, serviceAccountSelector: "projectcalico.org/name == \'x\'", ingress: [{action: Allow}]')], 'allow'],
    ['is not touched by what only logs', [CLOSED, inCluster('order: 1, types: [Ingress], ingress: [{action: Log}]')], 'allow'],
    ['is not touched by what is staged', [CLOSED, `{apiVersion: ${API}, kind: StagedGlobalNetworkPolicy, metadata: {name: st}, spec: {selector: "all()", types: [Ingress], ingress: [{action: Allow}]}}`], 'allow'],
    ['is asked by a tier that is not there', [CLOSED, inCluster('tier: nowhere, types: [Ingress], ingress: [{action: Allow}]')], 'undetermined, ingress-beyond-gateway w, foreign-policy w'],
    ['is opened by what goes by source ports', [CLOSED, inCluster('order: 1, ingress: [{action: Allow, protocol: TCP, source: {ports: [1]}}]')], 'undetermined, ingress-beyond-gateway w, foreign-policy w'],
    ['is selected by labels of its service account, which are not known', [CLOSED, inCluster(`order: 1, serviceAccountSelector: "team == 'a'", ingress: [{action: Allow}]`)], 'undetermined, ingress-beyond-gateway w, foreign-policy w'],
    ['is open whoever is selected by what is not known', [OPEN, inCluster(`order: 2000, serviceAccountSelector: "team == 'a'", ingress: [{action: Allow}]`)], 'deny, ingress-beyond-gateway np, warn ingress-beyond-gateway w'],
  ])('%s', (_title, objects, expected) => {
    expect(judged(...objects)).toBe(expected);
  });

  it('is mended in the object that opens it, not in a NetworkPolicy', () => {
    const { findings } = decisionOn([CLOSED, inCluster('order: 10, ingress: [{action: Allow}]')]);
    expect(findings.map(({ fix, path }) => `${path}: ${fix.summary}`)).toEqual([
      'spec.ingress[0]: change spec.ingress[0] of GlobalNetworkPolicy.projectcalico.org w: no NetworkPolicy takes back what a policy of Calico allows',
    ]);
  });
});
