import type { Fields } from '../../src/core/kube/reading.ts';

/** Objects of other policy APIs that bear on the server of the recorded reviews, raw. */

const SERVER = { 'chokepoint.dev/mcp-server': 'true' };
const GATEWAY = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
};
const IN_PROD = { matchLabels: { 'kubernetes.io/metadata.name': 'prod' } };

export const other = (apiVersion: string, kind: string, name: string, spec: Fields, namespace = ''): Fields => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace !== '' && { namespace }) },
  spec,
});

/** A ClusterNetworkPolicy of the tier Admin. */
export const clusterPolicy = (name: string, spec: Fields): Fields =>
  other('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', name, { tier: 'Admin', priority: 1, ...spec });

/** Opens every pod of `prod`. */
export const ACCEPTS: Fields = clusterPolicy('accepts', {
  subject: { namespaces: IN_PROD },
  ingress: [{ name: 'all', action: 'Accept', from: [{ namespaces: {} }] }],
});

/** Lets gateways alone enter the pods of `prod`, as far as pods are concerned. */
export const DENIES: Fields = clusterPolicy('denies', {
  subject: { namespaces: IN_PROD },
  ingress: [
    { name: 'gateway', action: 'Pass', from: [{ pods: GATEWAY }] },
    { name: 'nobody-else', action: 'Deny', from: [{ namespaces: {} }] },
  ],
});

/** An object of each kind that opens every pod of `prod`, and may open others. */
export const OPENING_POLICIES: readonly Fields[] = [
  ACCEPTS,
  other('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', 'opens', {
    priority: 1,
    subject: { namespaces: IN_PROD },
    ingress: [{ name: 'all', action: 'Allow', from: [{ namespaces: {} }] }],
  }),
  other('networking.k8s.aws/v1alpha1', 'ClusterNetworkPolicy', 'opens', {
    tier: 'Admin',
    priority: 1,
    subject: { namespaces: IN_PROD },
    ingress: [{ name: 'all', action: 'Accept', from: [{ namespaces: {} }] }],
  }),
  ...['projectcalico.org/v3', 'crd.projectcalico.org/v1'].flatMap(apiVersion => [
    other(apiVersion, 'GlobalNetworkPolicy', 'opens', { order: 1, selector: 'all()', ingress: [{ action: 'Allow' }] }),
    other(
      apiVersion,
      'NetworkPolicy',
      'opens',
      { order: 1, selector: 'all()', ingress: [{ action: 'Allow' }] },
      'prod',
    ),
  ]),
  other('cilium.io/v2', 'CiliumClusterwideNetworkPolicy', 'opens', {
    endpointSelector: { matchLabels: SERVER },
    ingress: [{ fromEntities: ['all'] }],
  }),
  other(
    'cilium.io/v2',
    'CiliumNetworkPolicy',
    'opens',
    { endpointSelector: { matchLabels: SERVER }, ingress: [{ fromEntities: ['all'] }] },
    'prod',
  ),
  other('crd.antrea.io/v1beta1', 'ClusterNetworkPolicy', 'opens', {
    priority: 1,
    appliedTo: [{ namespaceSelector: IN_PROD }],
    ingress: [{ action: 'Allow' }],
  }),
  other(
    'crd.antrea.io/v1beta1',
    'NetworkPolicy',
    'opens',
    { priority: 1, appliedTo: [{ podSelector: {} }], ingress: [{ action: 'Allow' }] },
    'prod',
  ),
  other('networking.k8s.aws/v1alpha1', 'ApplicationNetworkPolicy', 'opens', { egress: [{}] }, 'prod'),
  other('networking.gke.io/v1alpha3', 'FQDNNetworkPolicy', 'opens', { egress: [{}] }, 'prod'),
];
