import { collectionOf, type ServedKind } from '../served-kinds.ts';

/** Policies of other APIs, in the namespace of a scene or for it. */

const kind = (group: string, version: string, name: string, scope: ServedKind['scope']): ServedKind => ({
  group,
  version,
  kind: name,
  plural: `${name.toLowerCase().replace(/y$/, 'ie')}s`,
  scope,
});

export const CLUSTER_NETWORK_POLICY = kind('policy.networking.k8s.io', 'v1alpha2', 'ClusterNetworkPolicy', 'Cluster');
export const ADMIN_NETWORK_POLICY = kind('policy.networking.k8s.io', 'v1alpha1', 'AdminNetworkPolicy', 'Cluster');
const BASELINE = kind('policy.networking.k8s.io', 'v1alpha1', 'BaselineAdminNetworkPolicy', 'Cluster');
/** Of Amazon EKS. The cluster comes to serve it while the gate runs. */
export const LATE_KIND = kind('networking.k8s.aws', 'v1alpha1', 'ClusterNetworkPolicy', 'Cluster');
export const CALICO = kind('projectcalico.org', 'v3', 'NetworkPolicy', 'Namespaced');
export const CALICO_GLOBAL = kind('projectcalico.org', 'v3', 'GlobalNetworkPolicy', 'Cluster');
const STORED_CALICO = kind('crd.projectcalico.org', 'v1', 'NetworkPolicy', 'Namespaced');
const STORED_CALICO_GLOBAL = kind('crd.projectcalico.org', 'v1', 'GlobalNetworkPolicy', 'Cluster');
export const CILIUM = kind('cilium.io', 'v2', 'CiliumNetworkPolicy', 'Namespaced');
export const CILIUM_CLUSTERWIDE = kind('cilium.io', 'v2', 'CiliumClusterwideNetworkPolicy', 'Cluster');
const ANTREA = kind('crd.antrea.io', 'v1beta1', 'NetworkPolicy', 'Namespaced');
const ANTREA_CLUSTER = kind('crd.antrea.io', 'v1beta1', 'ClusterNetworkPolicy', 'Cluster');
/** Of OpenShift: it closes, and opens nothing. */
export const EGRESS_FIREWALL = kind('k8s.ovn.org', 'v1', 'EgressFirewall', 'Namespaced');
export const APPLICATION = kind('networking.k8s.aws', 'v1alpha1', 'ApplicationNetworkPolicy', 'Namespaced');
const FQDN = kind('networking.gke.io', 'v1alpha3', 'FQDNNetworkPolicy', 'Namespaced');

/** Gives Calico's policies their order. */
export const TIER = kind('projectcalico.org', 'v3', 'Tier', 'Cluster');

/** Those that the cluster serves before the gate starts. */
export const POLICY_KINDS: readonly ServedKind[] = [
  ...[CLUSTER_NETWORK_POLICY, ADMIN_NETWORK_POLICY, BASELINE],
  ...[CALICO, CALICO_GLOBAL, STORED_CALICO, STORED_CALICO_GLOBAL],
  ...[CILIUM, CILIUM_CLUSTERWIDE, ANTREA, ANTREA_CLUSTER, APPLICATION, FQDN, EGRESS_FIREWALL],
];

/** An object of another API for one namespace: its kind, and what it says there. */
export interface OtherPolicy {
  readonly kind: ServedKind;
  readonly spec: (namespace: string) => object;
}

const named = (namespace: string): object => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });
const EVERYBODY = [{ namespaces: {} }];
const GATEWAY = {
  namespaceSelector: named('mcp-gateway'),
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
};

/** A kind whose rules are of the tier Admin: the words of the action that allows differ. */
const ofAdmin = (admin: ServedKind, allow: 'Accept' | 'Allow') => {
  const policy = (ingress: readonly object[]): OtherPolicy => ({
    kind: admin,
    spec: namespace => ({
      ...(allow === 'Accept' && { tier: 'Admin' }),
      priority: 1,
      subject: { namespaces: named(namespace) },
      ingress,
    }),
  });
  return {
    opens: policy([{ name: 'all', action: allow, from: EVERYBODY }]),
    closes: policy([
      { name: 'gateway', action: 'Pass', from: [{ pods: GATEWAY }] },
      { name: 'nobody-else', action: 'Deny', from: EVERYBODY },
    ]),
  };
};

const [UPSTREAM, ADMIN] = [ofAdmin(CLUSTER_NETWORK_POLICY, 'Accept'), ofAdmin(ADMIN_NETWORK_POLICY, 'Allow')];
/** Of the kind that comes late. */
export const LATE = ofAdmin(LATE_KIND, 'Accept');

const ALLOW = [{ action: 'Allow' }];

/** One of each kind that opens every pod of the namespace. A baseline counts only where nothing isolates, and so opens no closed server. */
export const OPENING: readonly OtherPolicy[] = [
  UPSTREAM.opens,
  ADMIN.opens,
  ...[CALICO, STORED_CALICO].map(one => ({ kind: one, spec: () => ({ order: 1, selector: 'all()', ingress: ALLOW }) })),
  ...[CALICO_GLOBAL, STORED_CALICO_GLOBAL].map(one => ({
    kind: one,
    spec: (namespace: string) => ({
      order: 1,
      selector: `projectcalico.org/namespace == '${namespace}'`,
      ingress: ALLOW,
    }),
  })),
  { kind: CILIUM, spec: () => ({ endpointSelector: {}, ingress: [{ fromEntities: ['all'] }] }) },
  {
    kind: CILIUM_CLUSTERWIDE,
    spec: namespace => ({
      endpointSelector: { matchLabels: { 'k8s:io.kubernetes.pod.namespace': namespace } },
      ingress: [{ fromEntities: ['all'] }],
    }),
  },
  { kind: ANTREA, spec: () => ({ priority: 1, appliedTo: [{ podSelector: {} }], ingress: ALLOW }) },
  {
    kind: ANTREA_CLUSTER,
    spec: namespace => ({ priority: 1, appliedTo: [{ namespaceSelector: named(namespace) }], ingress: ALLOW }),
  },
  { kind: APPLICATION, spec: () => ({ egress: [{}] }) },
  { kind: FQDN, spec: () => ({ egress: [{}] }) },
];

/** What an upstream policy says once it is loosened. */
const PASSES = { ingress: [{ name: 'all', action: 'Pass', from: EVERYBODY }] };

const NAMESPACE = 'k8s:io.kubernetes.pod.namespace';
/** A denial of Cilium knows no exception: all pods but those of the gateway. */
const NOT_THE_GATEWAY = [
  { matchExpressions: [{ key: NAMESPACE, operator: 'NotIn', values: ['mcp-gateway'] }] },
  {
    matchLabels: { [NAMESPACE]: 'mcp-gateway' },
    matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'NotIn', values: ['envoy'] }],
  },
];
const DENIES = { ingressDeny: [{ fromEndpoints: NOT_THE_GATEWAY }], enableDefaultDeny: { ingress: false } };
/** Of Antrea. */
const DROPS = {
  priority: 1,
  ingress: [
    { action: 'Pass', from: [GATEWAY] },
    { action: 'Drop', from: [{ namespaceSelector: {} }] },
  ],
};
/** Before NetworkPolicies, which stand at 1,000. */
const ALLOWS_THE_GATEWAY = {
  order: 1,
  types: ['Ingress'],
  ingress: [
    {
      action: 'Allow',
      source: {
        namespaceSelector: "projectcalico.org/name == 'mcp-gateway'",
        selector: "app.kubernetes.io/name == 'envoy'",
      },
    },
    { action: 'Deny' },
  ],
};

/** Those that close the pods of the namespace to all but gateways, whatever NetworkPolicies say, and what they say once they are loosened. */
export const CLOSING: readonly (OtherPolicy & { readonly loosened: object })[] = [
  { ...UPSTREAM.closes, loosened: PASSES },
  { ...ADMIN.closes, loosened: PASSES },
  {
    kind: CALICO_GLOBAL,
    spec: namespace => ({ ...ALLOWS_THE_GATEWAY, selector: `projectcalico.org/namespace == '${namespace}'` }),
    loosened: { ingress: ALLOW },
  },
  { kind: CALICO, spec: () => ({ ...ALLOWS_THE_GATEWAY, selector: 'all()' }), loosened: { ingress: ALLOW } },
  {
    kind: CILIUM_CLUSTERWIDE,
    spec: namespace => ({ ...DENIES, endpointSelector: { matchLabels: { [NAMESPACE]: namespace } } }),
    loosened: { ingressDeny: [{ fromEndpoints: [{ matchLabels: { app: 'nobody' } }] }] },
  },
  {
    kind: CILIUM,
    spec: () => ({ ...DENIES, endpointSelector: {} }),
    loosened: { ingressDeny: [{ fromEndpoints: [{ matchLabels: { app: 'nobody' } }] }] },
  },
  {
    kind: ANTREA_CLUSTER,
    spec: namespace => ({ ...DROPS, appliedTo: [{ namespaceSelector: named(namespace) }] }),
    loosened: { ingress: ALLOW },
  },
  { kind: ANTREA, spec: () => ({ ...DROPS, appliedTo: [{ podSelector: {} }] }), loosened: { ingress: ALLOW } },
];

/** Where objects of the kind are, of those that are for this namespace. */
export const whereOf = ({ kind: of }: OtherPolicy, namespace: string): string =>
  collectionOf(of, of.scope === 'Cluster' ? undefined : namespace);

export const objectOf = ({ kind: of, spec }: OtherPolicy, namespace: string): object => ({
  apiVersion: `${of.group}/${of.version}`,
  kind: of.kind,
  metadata: { name: `for-${namespace}` },
  spec: spec(namespace),
});
