/** One read of the API server besides the objects that are judged: a list, or the object of this name. */
export interface Read {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Absent: of the cluster, or in all namespaces. `gate`: where the gate is installed. */
  readonly namespace?: string;
  /** Absent: all of them. */
  readonly name?: string;
}

const list = (group: string, kind: string, plural: string): Read => ({ group, version: 'v1', kind, plural });
const configMap = (namespace: string, name: string): Read => ({
  ...list('', 'ConfigMap', 'configmaps'),
  namespace,
  name,
});
const rbac = (kind: string, plural: string): Read => list('rbac.authorization.k8s.io', kind, plural);

/** Stands for the namespace that the gate is installed in. */
export const GATE_NAMESPACE = '$gate';

/** Every read by its name. Secrets are never read. */
export const READS = {
  nodes: list('', 'Node', 'nodes'),
  daemonSets: list('apps', 'DaemonSet', 'daemonsets'),
  validatingWebhooks: list(
    'admissionregistration.k8s.io',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
  ),
  mutatingWebhooks: list(
    'admissionregistration.k8s.io',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
  ),
  gateDeployments: { ...list('apps', 'Deployment', 'deployments'), namespace: GATE_NAMESPACE },
  gateEndpoints: { ...list('discovery.k8s.io', 'EndpointSlice', 'endpointslices'), namespace: GATE_NAMESPACE },
  nodeLeases: { ...list('coordination.k8s.io', 'Lease', 'leases'), namespace: 'kube-node-lease' },
  ciliumConfig: configMap('kube-system', 'cilium-config'),
  vpcCniConfig: configMap('kube-system', 'amazon-vpc-cni'),
  policyEndpoints: {
    ...list('networking.k8s.aws', 'PolicyEndpoint', 'policyendpoints'),
    version: 'v1alpha1',
  },
  clusterRoles: rbac('ClusterRole', 'clusterroles'),
  clusterRoleBindings: rbac('ClusterRoleBinding', 'clusterrolebindings'),
  roles: rbac('Role', 'roles'),
  roleBindings: rbac('RoleBinding', 'rolebindings'),
} as const satisfies Readonly<Record<string, Read>>;

export type ReadName = keyof typeof READS;

export const READ_NAMES = Object.keys(READS) as readonly ReadName[];

/** The right that a read needs, in words: `list nodes`, `get configmaps/cilium-config in kube-system`. */
export function rightText({ group, plural, namespace, name }: Read, gateNamespace: string): string {
  const resource = group === '' ? plural : `${plural}.${group}`;
  const place = namespace === GATE_NAMESPACE ? gateNamespace : namespace;
  const where = place === undefined ? '' : ` in ${place}`;
  return name === undefined ? `list ${resource}${where}` : `get ${resource}/${name}${where}`;
}
