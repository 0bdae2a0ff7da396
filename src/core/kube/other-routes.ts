import type { BackendPath } from './named-backends.ts';
import type { Fields, Reading } from './reading.ts';
import { askedByIngressRoute, tlsOptions } from './traefik.ts';
import type { RouteAsks } from './types.ts';

/**
 * What publishes the routes of a kind.
 * `class`: the controllers of an ingress class, by a field of the spec, by annotations, or by default.
 * `gateways`: Gateways of its own API, `NAMESPACE/NAME` or `NAME`, at a path; without any, nothing outside the mesh.
 * `parents`: Gateways of the Gateway API, by references at a path.
 * `controller`: whichever controller reads the kind: no field says which.
 * `none`: nothing; other routes send to it by its kind and name.
 */
export type Publisher =
  | { readonly by: 'class'; readonly field?: string; readonly annotations?: readonly string[] }
  | { readonly by: 'gateways'; readonly path: string }
  | { readonly by: 'parents'; readonly path: string }
  | { readonly by: 'controller' }
  | { readonly by: 'none' };

/** A kind of another API that publishes Services, alike in all of its versions. */
export interface OtherRoute {
  readonly group: string;
  readonly kind: string;
  readonly backends: readonly BackendPath[];
  readonly publisher: Publisher;
  /** Other routes may send to it by its kind and name. */
  readonly isBackend?: boolean;
  /** What it names is an MCP server, it says. */
  readonly isMcp?: boolean;
  /** What it asks of callers itself. */
  readonly asks?: (spec: Fields, reading: Reading, namespace: string) => Pick<RouteAsks, 'controls' | 'delegations'>;
}

const objects = (...paths: readonly string[]): readonly BackendPath[] =>
  paths.map(path => ({ path, form: 'object' as const }));
const hosts = (...paths: readonly string[]): readonly BackendPath[] =>
  paths.map(path => ({ path, form: 'host' as const }));

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const BY_ANNOTATION: Publisher = { by: 'class', annotations: [CLASS_ANNOTATION] };
const BY_FIELD: Publisher = { by: 'class', field: 'ingressClassName' };
const BY_FIELD_OR_ANNOTATION: Publisher = {
  by: 'class',
  field: 'ingressClassName',
  annotations: [CLASS_ANNOTATION],
};
const BY_CONTROLLER: Publisher = { by: 'controller' };
const BY_NONE: Publisher = { by: 'none' };

/** What is asked at a TCP route are addresses, and a certificate where it ends TLS. */
const TRAEFIK_ASKS: readonly (readonly [kind: string, asks: OtherRoute['asks']])[] = [
  ['IngressRoute', askedByIngressRoute],
  ['IngressRouteTCP', tlsOptions],
  ['IngressRouteUDP', undefined],
];
const TRAEFIK_ROUTES = ['traefik.io', 'traefik.containo.us'].flatMap((group): readonly OtherRoute[] => [
  ...TRAEFIK_ASKS.map(([kind, asks]) => ({
    group,
    kind,
    backends: objects('routes[].services[]'),
    publisher: BY_FIELD_OR_ANNOTATION,
    ...(asks && { asks }),
  })),
  {
    group,
    kind: 'TraefikService',
    backends: objects(
      'weighted.services[]',
      'mirroring',
      'mirroring.mirrors[]',
      'highestRandomWeight.services[]',
      'failover.service',
      'failover.fallback',
    ),
    publisher: BY_NONE,
    isBackend: true,
  },
]);

const KONG_ROUTES = ['TCPIngress', 'UDPIngress'].map(
  (kind): OtherRoute => ({
    group: 'configuration.konghq.com',
    kind,
    backends: objects('rules[].backend'),
    publisher: BY_ANNOTATION,
  }),
);

const NGINX_ROUTES = ['VirtualServer', 'VirtualServerRoute', 'TransportServer'].map(
  (kind): OtherRoute => ({
    group: 'k8s.nginx.org',
    kind,
    backends: hosts('upstreams[].service', 'upstreams[].backup'),
    publisher: BY_FIELD,
  }),
);

const EMISSARY_ROUTES = ['Mapping', 'TCPMapping'].map(
  (kind): OtherRoute => ({ group: 'getambassador.io', kind, backends: hosts('service'), publisher: BY_CONTROLLER }),
);

/** Kinds of other APIs than Ingress and Gateway API that publish Services. One entry adds another. */
export const OTHER_ROUTES: readonly OtherRoute[] = [
  {
    group: 'route.openshift.io',
    kind: 'Route',
    backends: objects('to', 'alternateBackends[]'),
    publisher: BY_CONTROLLER,
  },
  ...TRAEFIK_ROUTES,
  {
    group: 'networking.istio.io',
    kind: 'VirtualService',
    backends: [
      ...hosts(
        'http[].route[].destination.host',
        'http[].mirror.host',
        'http[].mirrors[].destination.host',
        'tcp[].route[].destination.host',
        'tls[].route[].destination.host',
      ),
      { path: 'http[].delegate', form: 'object', kind: 'VirtualService' },
    ],
    publisher: { by: 'gateways', path: 'gateways[]' },
    isBackend: true,
  },
  {
    group: 'projectcontour.io',
    kind: 'HTTPProxy',
    backends: objects('routes[].services[]', 'tcpproxy.services[]'),
    publisher: {
      by: 'class',
      field: 'ingressClassName',
      annotations: ['projectcontour.io/ingress.class', CLASS_ANNOTATION],
    },
  },
  ...KONG_ROUTES,
  {
    group: 'incubator.ingress-controller.konghq.com',
    kind: 'KongServiceFacade',
    backends: objects('backendRef'),
    publisher: BY_NONE,
    isBackend: true,
  },
  {
    group: 'apisix.apache.org',
    kind: 'ApisixRoute',
    backends: [
      ...objects('http[].backends[]', 'http[].backend', 'stream[].backend'),
      { path: 'http[].upstreams[].name', form: 'name', kind: 'ApisixUpstream' },
      // proxy-mirror, and forward-auth.
      ...hosts('http[].plugins[].config.host', 'http[].plugins[].config.uri'),
    ],
    publisher: BY_FIELD,
  },
  {
    group: 'apisix.apache.org',
    kind: 'ApisixUpstream',
    backends: hosts('externalNodes[].name'),
    publisher: BY_NONE,
    isBackend: true,
  },
  ...NGINX_ROUTES,
  ...EMISSARY_ROUTES,
];
