import { ensure } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';

/** A kind that a cluster serves where somebody has installed it. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** Schema of the spec; absent: anything. */
  readonly spec?: object;
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ROUTES = 'gateway.networking.k8s.io';

const route = (kind: string): ServedKind => ({
  group: ROUTES,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  scope: 'Namespaced',
});

/** The routes of the Gateway API that are judged, and what lets them refer to another namespace. */
export const ROUTE_KINDS: readonly ServedKind[] = ['HTTPRoute', 'GRPCRoute', 'ReferenceGrant'].map(route);
/** Those that the gate is asked about too. */
export const FURTHER_ROUTE_KINDS: readonly ServedKind[] = [route('TLSRoute'), route('TCPRoute'), route('UDPRoute')];

const TEXT = { type: 'string' };
const PORT = { 'x-kubernetes-int-or-string': true };
const object = (properties: object): object => ({ type: 'object', properties });
const list = (items: object): object => ({ type: 'array', items });

const OPENSHIFT_TARGET = object({ kind: TEXT, name: TEXT, weight: { type: 'integer' } });
const TRAEFIK_TARGET = object({ kind: TEXT, name: TEXT, namespace: TEXT, port: PORT });
const ISTIO_DESTINATION = object({ host: TEXT, subset: TEXT });
const ISTIO_ROUTES = list(object({ destination: ISTIO_DESTINATION }));
/** What of each API the judge looks at, and a little beside it. */
const OPENSHIFT_SPEC = object({ host: TEXT, to: OPENSHIFT_TARGET, alternateBackends: list(OPENSHIFT_TARGET) });
const TRAEFIK_SPEC = object({
  entryPoints: list(TEXT),
  routes: list(object({ match: TEXT, kind: TEXT, services: list(TRAEFIK_TARGET) })),
});
const TRAEFIK_SERVICE_SPEC = object({ weighted: object({ services: list(TRAEFIK_TARGET) }) });
const ISTIO_SPEC = object({
  hosts: list(TEXT),
  gateways: list(TEXT),
  http: list(object({ route: ISTIO_ROUTES, delegate: object({ name: TEXT, namespace: TEXT }) })),
  tcp: list(object({ route: ISTIO_ROUTES })),
});

const other = (group: string, version: string, kind: string, spec?: object): ServedKind => ({
  ...(spec && { spec }),
  group,
  version,
  kind,
  plural: `${kind.toLowerCase().replace(/(?<![aeo])y$/, 'ie')}${kind.endsWith('s') ? 'es' : 's'}`,
  scope: 'Namespaced',
});
export const OPENSHIFT_ROUTE = other('route.openshift.io', 'v1', 'Route', OPENSHIFT_SPEC);
export const INGRESS_ROUTE = other('traefik.io', 'v1alpha1', 'IngressRoute', TRAEFIK_SPEC);
export const TRAEFIK_SERVICE = other('traefik.io', 'v1alpha1', 'TraefikService', TRAEFIK_SERVICE_SPEC);
export const VIRTUAL_SERVICE = other('networking.istio.io', 'v1', 'VirtualService', ISTIO_SPEC);
/** Names MCP servers, and publishes nothing. */
export const MCP_ROUTE = other('aigateway.envoyproxy.io', 'v1alpha1', 'MCPRoute');
/** Routes of other APIs. */
export const OTHER_ROUTE_KINDS: readonly ServedKind[] = [
  OPENSHIFT_ROUTE,
  INGRESS_ROUTE,
  TRAEFIK_SERVICE,
  VIRTUAL_SERVICE,
  other('traefik.io', 'v1alpha1', 'IngressRouteTCP'),
  other('traefik.io', 'v1alpha1', 'IngressRouteUDP'),
  other('projectcontour.io', 'v1', 'HTTPProxy'),
  other('configuration.konghq.com', 'v1beta1', 'TCPIngress'),
  other('configuration.konghq.com', 'v1beta1', 'UDPIngress'),
  other('incubator.ingress-controller.konghq.com', 'v1alpha1', 'KongServiceFacade'),
  other('apisix.apache.org', 'v2', 'ApisixRoute'),
  other('apisix.apache.org', 'v2', 'ApisixUpstream'),
  other('k8s.nginx.org', 'v1', 'VirtualServer'),
  other('k8s.nginx.org', 'v1', 'VirtualServerRoute'),
  other('k8s.nginx.org', 'v1', 'TransportServer'),
  other('getambassador.io', 'v3alpha1', 'Mapping'),
  other('getambassador.io', 'v3alpha1', 'TCPMapping'),
];
/** Routes of gateways to MCP servers, and what stands between a route and a server. */
export const MCP_ROUTE_KINDS: readonly ServedKind[] = [
  MCP_ROUTE,
  other('agentgateway.dev', 'v1alpha1', 'AgentgatewayBackend'),
  other('gateway.envoyproxy.io', 'v1alpha1', 'Backend'),
  other('gateway.kgateway.dev', 'v1alpha1', 'Backend'),
];

/** What gateways ask of callers: to take one away opens what they lead to. */
export const CALLER_KINDS: readonly ServedKind[] = [
  ...['Gateway', 'ListenerSet'].map(kind => other(ROUTES, 'v1', kind)),
  other('gateway.networking.x-k8s.io', 'v1alpha1', 'XListenerSet'),
  ...['SecurityPolicy', 'ClientTrafficPolicy', 'EnvoyProxy'].map(kind =>
    other('gateway.envoyproxy.io', 'v1alpha1', kind),
  ),
  other('agentgateway.dev', 'v1alpha1', 'AgentgatewayPolicy'),
  ...['TrafficPolicy', 'GatewayExtension', 'HTTPListenerPolicy', 'ListenerPolicy'].map(kind =>
    other('gateway.kgateway.dev', 'v1alpha1', kind),
  ),
  other('kuadrant.io', 'v1', 'AuthPolicy'),
  other('mcp.kuadrant.io', 'v1', 'MCPGatewayExtension'),
  ...['AuthorizationPolicy', 'RequestAuthentication'].map(kind => other('security.istio.io', 'v1', kind)),
  other('telemetry.istio.io', 'v1', 'Telemetry'),
  ...['Middleware', 'TLSOption'].map(kind => other('traefik.io', 'v1alpha1', kind)),
];
export const GATEWAY_CLASS: ServedKind = { ...other(ROUTES, 'v1', 'GatewayClass'), scope: 'Cluster' };
/** What policies of Calico refer to. */
export const NETWORK_SET = other('projectcalico.org', 'v3', 'NetworkSet');
/** What policies of the whole cluster refer to. */
export const CLUSTER_SETS: readonly ServedKind[] = [
  { ...other('projectcalico.org', 'v3', 'GlobalNetworkSet'), scope: 'Cluster' },
  { ...other('cilium.io', 'v2', 'CiliumCIDRGroup'), scope: 'Cluster' },
];

/** The collection of all namespaces, or of the one. */
export const collectionOf = ({ group, version, plural }: ServedKind, namespace?: string): string =>
  `/apis/${group}/${version}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`;

function definitionOf({ group, version, kind, plural, scope, spec }: ServedKind): object {
  // For groups that are Kubernetes' own: without the note its API server takes no definition in them.
  const annotations = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api' };
  const schema = {
    openAPIV3Schema: spec ? object({ spec }) : { ...object({}), 'x-kubernetes-preserve-unknown-fields': true },
  };
  const names = { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const versions = [{ name: version, served: true, storage: true, schema }];
  return { metadata: { name: `${plural}.${group}`, annotations }, spec: { group, scope, names, versions } };
}

/** Makes the cluster serve these kinds: definitions that take any object, and no controller. Returns how to take them away, with every object. */
export async function serveKinds(
  { request }: Pick<Connection, 'request'>,
  kinds: readonly ServedKind[],
): Promise<() => Promise<void>> {
  const allAnswer = (path: (kind: ServedKind) => string, status: number) => async () => {
    const answers = await Promise.all(kinds.map(kind => request('GET', path(kind))));
    return answers.every(answer => answer.status === status) || undefined;
  };
  const definition = ({ plural, group }: ServedKind): string => `${DEFINITIONS}/${plural}.${group}`;
  for (const kind of kinds) await ensure(request, DEFINITIONS, definitionOf(kind));
  await eventually('the kinds are served', allAnswer(collectionOf, 200));
  return async () => {
    for (const kind of kinds) await request('DELETE', definition(kind));
    await eventually('the kinds are gone', allAnswer(definition, 404));
  };
}
