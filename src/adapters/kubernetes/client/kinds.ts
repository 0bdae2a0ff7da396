import { CALICO_GROUPS } from '../../../core/kube/calico.ts';
import { GATEWAY_ROUTES, GATEWAY_VERSIONS } from '../../../core/kube/decode.ts';
import { CALICO_OBJECTS, FOREIGN_POLICY_KINDS } from '../../../core/kube/decode-foreign.ts';
import { FACT_KINDS, type FactKind, factKindOf } from '../../../core/kube/decode-gateway-fact.ts';
import { MCP_SERVER_KINDS } from '../../../core/kube/mcp-operators.ts';
import { MCP_REFERENCES } from '../../../core/kube/mcp-references.ts';
import { OTHER_ROUTES } from '../../../core/kube/other-routes.ts';
import { OWN_GROUP, OWN_VERSION } from '../../../core/kube/own-kinds.ts';
import type { Resource } from './paths.ts';

/** A kind that the cache watches. */
export type WatchedKind =
  /** Every API server serves it. `beside`: it is watched where one of these groups is served; absent: everywhere. */
  | { readonly kind: 'builtin'; readonly resource: Resource; readonly beside?: readonly string[] }
  /** Served where it is installed, or in some versions of Kubernetes. `versions`: in the order of preference; empty: as the server prefers. */
  | {
      readonly kind: 'optional';
      readonly group: string;
      readonly objectKind: string;
      readonly versions: readonly string[];
    };

const builtin = (group: string, kind: string, plural: string): WatchedKind => ({
  kind: 'builtin',
  resource: { group, version: 'v1', kind, plural },
});

const optional = (group: string, objectKind: string, versions: readonly string[]): WatchedKind => ({
  kind: 'optional',
  group,
  objectKind,
  versions,
});

export const NAMESPACES: Resource = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };
export const NETWORK_POLICIES: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
};
export const CONFIG_MAPS: Resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
export const NODES: Resource = { group: '', version: 'v1', kind: 'Node', plural: 'nodes' };
export const PODS: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' };
export const SERVICES: Resource = { group: '', version: 'v1', kind: 'Service', plural: 'services' };
/** Those that Kubernetes' own controller makes, nearly all, follow selectors and say nothing that their Services do not. */
export const WRITTEN_ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  labelSelector: 'endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io',
};
export const SERVICE_CIDR = 'ServiceCIDR';
export const GATE_POLICY = 'GatePolicy';

/** Groups whose policies speak of nodes. */
const GROUPS_WITH_NODES: readonly string[] = [...new Set(FOREIGN_POLICY_KINDS.map(({ group }) => group))];

export const INGRESS_CLASSES: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
};

/** What gateways' APIs say of callers: of one group every API server serves a kind. */
const watchedFact = ({ group, kind }: FactKind): WatchedKind =>
  kind === INGRESS_CLASSES.kind ? { kind: 'builtin', resource: INGRESS_CLASSES } : optional(group, kind, []);

/** All that is judged, the service ranges (networking.k8s.io ServiceCIDR, KEP-1880), and what may configure the gate. */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  { kind: 'builtin', resource: NAMESPACES },
  { kind: 'builtin', resource: NETWORK_POLICIES },
  { kind: 'builtin', resource: PODS },
  { kind: 'builtin', resource: SERVICES },
  builtin('', 'ReplicationController', 'replicationcontrollers'),
  builtin('apps', 'Deployment', 'deployments'),
  builtin('apps', 'StatefulSet', 'statefulsets'),
  builtin('apps', 'DaemonSet', 'daemonsets'),
  builtin('apps', 'ReplicaSet', 'replicasets'),
  builtin('batch', 'Job', 'jobs'),
  builtin('batch', 'CronJob', 'cronjobs'),
  builtin('networking.k8s.io', 'Ingress', 'ingresses'),
  { kind: 'builtin', resource: WRITTEN_ENDPOINT_SLICES },
  optional('networking.k8s.io', SERVICE_CIDR, ['v1', 'v1beta1']),
  ...GATEWAY_ROUTES.map(kind => optional('gateway.networking.k8s.io', kind, GATEWAY_VERSIONS)),
  ...OTHER_ROUTES.map(({ group, kind }) => optional(group, kind, [])),
  ...MCP_REFERENCES.map(({ group, kind }) => optional(group, kind, [])),
  // What their operators make is watched by itself: of these, those that name a server that somebody else makes, or say what is asked of callers.
  ...MCP_SERVER_KINDS.flatMap(({ group, kind, names }) =>
    names && !factKindOf(group, kind) ? [optional(group, kind, [])] : [],
  ),
  ...FACT_KINDS.map(watchedFact),
  ...FOREIGN_POLICY_KINDS.map(({ group, kind, versions }) => optional(group, kind, versions)),
  ...CALICO_GROUPS.flatMap(group => CALICO_OBJECTS.map(kind => optional(group, kind, []))),
  optional('cilium.io', 'CiliumCIDRGroup', ['v2', 'v2alpha1']),
  { kind: 'builtin', resource: NODES, beside: GROUPS_WITH_NODES },
  ...[GATE_POLICY, 'GateException'].map(kind => optional(OWN_GROUP, kind, [OWN_VERSION])),
];

/** `group/Kind`; the core group is empty. Unique among the watched kinds. */
export function kindId(watched: WatchedKind): string {
  return watched.kind === 'builtin'
    ? `${watched.resource.group}/${watched.resource.kind}`
    : `${watched.group}/${watched.objectKind}`;
}
