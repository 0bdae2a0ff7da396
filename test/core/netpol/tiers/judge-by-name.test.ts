import { describe, expect, it } from 'vitest';
import { decisionOn, judged } from '../../../support/judged-server.ts';

const GATEWAY =
  '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}, podSelector: {matchLabels: {app.kubernetes.io/name: envoy}}}';
const aws = (spec: string, name = 'a') =>
  `{apiVersion: networking.k8s.aws/v1alpha1, kind: ApplicationNetworkPolicy, metadata: {name: ${name}, namespace: tools}, spec: ${spec}}`;
const gke = (spec: string) =>
  `{apiVersion: networking.gke.io/v1alpha1, kind: FQDNNetworkPolicy, metadata: {name: f, namespace: tools}, spec: ${spec}}`;
const np = (rules: string, types: string) =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: tools}, spec: {podSelector: {}, policyTypes: [${types}], ${rules}}}`;
const CLOSED = np(`ingress: [{from: [${GATEWAY}]}], egress: []`, 'Ingress, Egress');
const HOSTS = '{domainNames: ["*.example.com"]}';

describe('A server beside ApplicationNetworkPolicies of AWS', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string]>([
    ['is closed by one alone', [aws(`{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [${GATEWAY}]}], egress: [{to: [${HOSTS}], ports: [{port: 443}]}]}`)], 'allow'],
    ['is not isolated in a direction that its types leave out', [aws(`{podSelector: {}, policyTypes: [Egress], egress: [{to: [${HOSTS}]}]}`)], 'deny, ingress-not-isolated s'],
    ['is of another selector', [aws(`{podSelector: {matchLabels: {app: x}}, policyTypes: [Ingress, Egress]}`)], 'deny, egress-not-isolated s, ingress-not-isolated s'],
    ['is opened to pods', [CLOSED, aws('{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}')], 'deny, ingress-beyond-gateway a'],
    ['is opened to everybody', [CLOSED, aws('{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}')], 'deny, ingress-beyond-gateway a'],
    ['is let out to metadata', [CLOSED, aws('{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 169.254.169.254/32}}]}]}')], 'deny, egress-reaches-metadata a'],
    ['is let out to hosts, and to pods beside', [CLOSED, aws(`{podSelector: {}, policyTypes: [Egress], egress: [{to: [${HOSTS}, {namespaceSelector: {}}]}]}`)], 'deny, egress-beyond-allowed a'],
  ])('%s', (_title, objects, expected) => {
    expect(judged(...objects)).toBe(expected);
  });
});

describe('A server beside FQDNNetworkPolicies of GKE', () => {
  const hosts = gke(
    '{podSelector: {}, egress: [{matches: [{pattern: "*.example.com"}, {name: example.org}], ports: [{protocol: TCP, port: 443}]}]}',
  );

  // biome-ignore format: one line a case
  it.each<[string, readonly string[], string]>([
    ['is closed by NetworkPolicies', [CLOSED, hosts], 'allow'],
    ['may be isolated by them alone', [np(`ingress: [{from: [${GATEWAY}]}]`, 'Ingress'), hosts], 'undetermined, egress-not-isolated s, foreign-policy f'],
    ['is open by NetworkPolicies', [np('ingress: [{}], egress: []', 'Ingress, Egress'), hosts], 'deny, ingress-beyond-gateway np'],
    ['may be let out inside by a name', [CLOSED, gke('{podSelector: {}, egress: [{matches: [{name: metadata.google.internal}]}]}')], 'allow, warn egress-reaches-cluster f, warn egress-reaches-link-local f, warn egress-reaches-metadata f'],
  ])('%s', (_title, objects, expected) => {
    expect(judged(...objects)).toBe(expected);
  });

  it('is told what is not documented', () => {
    const { causes } = decisionOn([np(`ingress: [{from: [${GATEWAY}]}]`, 'Ingress'), hosts]);
    expect(causes.map(({ message }) => message)).toEqual([
      'FQDNNetworkPolicy.networking.gke.io tools/f spec.egress: whether it isolates the egress where no NetworkPolicy does is not documented',
    ]);
  });
});
