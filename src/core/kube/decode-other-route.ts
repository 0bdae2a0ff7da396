import { decodeMeta } from './decode-meta.ts';
import { type At, at, type Fields, isFields, own, pathText, type Reading } from './reading.ts';
import type { Meta, Route, RouteBackend, RouteParent } from './types.ts';

/** A value of an object, and where it stands. */
type Placed = readonly [value: unknown, place: At];

/** How a backend names its Service: an object with `name` (or `serviceName`) and perhaps `namespace` and `kind`, or the text of a host. */
type BackendForm = 'object' | 'host';

interface OtherRoute {
  /** Where backends stand: `[]` after a field that is a list. */
  readonly backends: readonly string[];
  readonly form: BackendForm;
  /** Names of Gateways, `namespace/name` or `name`; absent: what publishes the route is not among its fields. */
  readonly gateways?: string;
}

const TRAEFIK: OtherRoute = { backends: ['routes[].services[]'], form: 'object' };
const KONG_STREAM: OtherRoute = { backends: ['rules[].backend'], form: 'object' };
const AMBASSADOR: OtherRoute = { backends: ['service'], form: 'host' };

/** Kinds of other APIs that publish Services, by `group/Kind`, whatever the version: paths below `spec`. One line adds another. */
const OTHER_ROUTES: ReadonlyMap<string, OtherRoute> = new Map([
  ['route.openshift.io/Route', { backends: ['to', 'alternateBackends[]'], form: 'object' }],
  ['traefik.io/IngressRoute', TRAEFIK],
  ['traefik.io/IngressRouteTCP', TRAEFIK],
  ['traefik.io/IngressRouteUDP', TRAEFIK],
  ['traefik.containo.us/IngressRoute', TRAEFIK],
  ['traefik.containo.us/IngressRouteTCP', TRAEFIK],
  ['traefik.containo.us/IngressRouteUDP', TRAEFIK],
  [
    'networking.istio.io/VirtualService',
    {
      backends: [
        'http[].route[].destination.host',
        'http[].mirror.host',
        'http[].mirrors[].destination.host',
        'tcp[].route[].destination.host',
        'tls[].route[].destination.host',
      ],
      form: 'host',
      gateways: 'gateways[]',
    },
  ],
  ['projectcontour.io/HTTPProxy', { backends: ['routes[].services[]', 'tcpproxy.services[]'], form: 'object' }],
  ['configuration.konghq.com/TCPIngress', KONG_STREAM],
  ['configuration.konghq.com/UDPIngress', KONG_STREAM],
  ['apisix.apache.org/ApisixRoute', { backends: ['http[].backends[]', 'stream[].backend'], form: 'object' }],
  ['k8s.nginx.org/VirtualServer', { backends: ['upstreams[].service'], form: 'host' }],
  ['k8s.nginx.org/TransportServer', { backends: ['upstreams[].service'], form: 'host' }],
  ['getambassador.io/Mapping', AMBASSADOR],
  ['getambassador.io/TCPMapping', AMBASSADOR],
] as const);

/** The group and kind are those of a route of another API. */
export const isOtherRoute = (group: string, kind: string): boolean => OTHER_ROUTES.has(`${group}/${kind}`);

function step([value, place]: Placed, part: string): readonly Placed[] {
  const isList = part.endsWith('[]');
  const key = isList ? part.slice(0, -2) : part;
  const next = isFields(value) ? own(value, key) : undefined;
  if (next === undefined) return [];
  if (!isList) return [[next, at(place, key)]];
  return Array.isArray(next) ? next.map((item: unknown, index) => [item, at(at(place, key), index)] as const) : [];
}

/** Everything at a path. What has another shape is passed over: the API's own schema says so where it is served. */
const follow = (spec: Fields, path: string): readonly Placed[] =>
  path
    .split('.')
    .reduce<readonly Placed[]>(
      (places, part) => places.flatMap(place => step(place, part)),
      [[spec, at(undefined, 'spec')]],
    );

/** `NAME`, `NAME.NAMESPACE`, `NAME.NAMESPACE.svc…` or `NAMESPACE/NAME`, perhaps with a scheme before and a port after it. */
function serviceOfHost(text: string, home: string): { readonly namespace: string; readonly service: string } {
  const host = text
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/:\d+$/, '');
  const slash = host.indexOf('/');
  if (slash > 0) return { namespace: host.slice(0, slash), service: host.slice(slash + 1) };
  const [service = '', namespace = home] = host.split('.');
  return { namespace, service };
}

const textOf = (fields: Fields, key: string): string | undefined => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : undefined;
};

function backendOf([value, place]: Placed, form: BackendForm, meta: Meta): readonly RouteBackend[] {
  const path = pathText(place);
  if (form === 'host') return typeof value === 'string' ? [{ path, ...serviceOfHost(value, meta.namespace) }] : [];
  if (!isFields(value)) return [];
  const service = textOf(value, 'name') ?? textOf(value, 'serviceName');
  const isService = (textOf(value, 'kind') ?? 'Service') === 'Service';
  return service === undefined || !isService
    ? []
    : [{ path, namespace: textOf(value, 'namespace') ?? meta.namespace, service }];
}

/** Istio's word for every sidecar: such a route publishes nothing outside the mesh. */
const MESH = 'mesh';

function gatewayOf([value, place]: Placed, meta: Meta): readonly RouteParent[] {
  if (typeof value !== 'string') return [];
  const path = pathText(place);
  if (value === MESH) return [{ path, kind: 'Service', namespace: '', name: MESH }];
  const [name = '', namespace = meta.namespace] = value.split('/').reverse();
  return [{ path, kind: 'Gateway', namespace, name }];
}

/** Without a list of Gateways, Istio's routes are those of the mesh; what publishes any other is whichever controller reads it. */
function parentsOf(spec: Fields, { gateways }: OtherRoute, meta: Meta): readonly RouteParent[] {
  if (gateways !== undefined) return follow(spec, gateways).flatMap(placed => gatewayOf(placed, meta));
  return [{ path: 'spec', kind: 'other', namespace: '', name: '' }];
}

/** A route of another API than Ingress and Gateway API. */
export function decodeOtherRoute(group: string, kind: string, fields: Fields, reading: Reading): Route {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const route = OTHER_ROUTES.get(`${group}/${kind}`);
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  if (route === undefined) return { kind, meta, through: [], backends: [] };
  const backends = route.backends
    .flatMap(path => follow(spec, path))
    .flatMap(placed => backendOf(placed, route.form, meta));
  return { kind, meta, through: parentsOf(spec, route, meta), backends };
}
