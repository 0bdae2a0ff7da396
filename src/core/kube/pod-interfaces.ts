import type { Labels } from './types.ts';

/** An annotation of a Pod by which a network plugin gives it an interface besides, or in place of, that of the cluster network. */
export interface PodInterface {
  readonly annotation: string;
  /** As it is written. Never empty. */
  readonly networks: string;
}

/** Network attachments that chain a plugin to the cluster's interface and add none: `namespace/name`, in a namespace of administrators. */
const WITHOUT_INTERFACE: ReadonlySet<string> = new Set(['default/istio-cni']);

const isNone = (value: string): boolean => ['', '[]', 'null'].includes(value.trim());

/** The text form of Multus is a list of names between commas; its other form is JSON, in which nothing is set aside. */
const isAttachment = (value: string): boolean =>
  !isNone(value) && !value.split(',').every(name => WITHOUT_INTERFACE.has(name.trim()));

/** The networks in GKE's list; `undefined` where it cannot be read. */
function gkeNetworks(value: string): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(value);
    if (!Array.isArray(list)) return undefined;
    return list.map((item: unknown) =>
      typeof item === 'object' && item !== null && 'network' in item ? item.network : undefined,
    );
  } catch {
    return undefined;
  }
}

/** GKE lists the interface of the cluster's own network (`default`) too. */
const isBesidesDefault = (value: string): boolean =>
  !isNone(value) && (gkeNetworks(value)?.some(network => network !== 'default') ?? true);

/**
 * By annotation of the Pod: whether a value of it gives an interface. One line adds another.
 * Sources: https://github.com/k8snetworkplumbingwg/multi-net-spec, https://github.com/k8snetworkplumbingwg/multus-cni/blob/master/docs/configuration.md,
 * https://cloud.google.com/kubernetes-engine/docs/how-to/setup-multinetwork-support-for-pods, https://docs.aws.amazon.com/eks/latest/userguide/pod-multi-nic.html,
 * https://github.com/nokia/danm/blob/master/user-guide.md, https://networkservicemesh.io/docs/concepts/enterprise_users/
 */
const INTERFACE_ANNOTATIONS: readonly (readonly [annotation: string, gives: (value: string) => boolean])[] = [
  ['k8s.v1.cni.cncf.io/networks', isAttachment],
  ['v1.multus-cni.io/default-network', value => !isNone(value)],
  ['networking.gke.io/interfaces', isBesidesDefault],
  ['k8s.amazonaws.com/nicConfig', value => !isNone(value)],
  ['danm.k8s.io/interfaces', value => !isNone(value)],
  ['danm.io/interfaces', value => !isNone(value)],
  ['networkservicemesh.io', value => !isNone(value)],
];

/** Every interface that annotations of a Pod, or of a Pod template, ask for besides that of the cluster network. */
export function podInterfaces(annotations: Labels): readonly PodInterface[] {
  if (annotations.size === 0) return [];
  return INTERFACE_ANNOTATIONS.flatMap(([annotation, gives]) => {
    const networks = annotations.get(annotation);
    return networks !== undefined && gives(networks) ? { annotation, networks } : [];
  });
}

/** A namespace with this label, whatever its value, has a primary network of its own (OVN-Kubernetes): it must be there from the namespace's creation. */
export const PRIMARY_NETWORK_LABEL = 'k8s.ovn.org/primary-user-defined-network';
