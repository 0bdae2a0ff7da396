import { decodeMeta, METADATA } from './decode-meta.ts';
import type { Control, Delegation } from './gateway-fact.ts';
import { control, GATEWAY_API } from './gateway-fact.ts';
import { annotatedBackends } from './ingress-backends.ts';
import { annotatedControls } from './ingress-callers.ts';
import { MCP_REFERENCES } from './mcp-references.ts';
import { OTHER_ROUTES } from './other-routes.ts';
import { type At, at, type Fields, pathText, type Reading } from './reading.ts';
import { serviceOfHost } from './service-host.ts';
import { annotatedByTraefik, annotatedEntryPoints, middlewareBackends } from './traefik.ts';
import type { Meta, Route, RouteBackend, RouteParent } from './types.ts';

const SPEC: At = at(undefined, 'spec');

/** The items of a list that are objects, each with where it stands. */
function objects(parent: Fields, key: string, up: At, reading: Reading): readonly (readonly [Fields, At])[] {
  return reading.list(parent, key, up).flatMap((item, index) => {
    const place = at(at(up, key), index);
    const fields = reading.fields(item, place);
    return fields === undefined ? [] : [[fields, place] as const];
  });
}

/** Kinds of backends by `group/Kind`: a Service, what stands for the Services of one name and namespace in every cluster (KEP-1645), routes of other APIs. */
const BACKEND_KINDS: ReadonlyMap<string, string> = new Map([
  ['/Service', 'Service'],
  ['multicluster.x-k8s.io/ServiceImport', 'Service'],
  ['net.gke.io/ServiceImport', 'Service'],
  ...[...OTHER_ROUTES, ...MCP_REFERENCES].flatMap(({ group, kind, isBackend }) =>
    isBackend ? [[`${group}/${kind}`, kind] as const] : [],
  ),
]);

/** `resource` of a backend (core/v1 TypedLocalObjectReference): anything but a Service. */
function resourceBackend(fields: Fields, place: At, meta: Meta, reading: Reading): readonly RouteBackend[] {
  const group = reading.string(fields, 'apiGroup', place) ?? '';
  const kind = BACKEND_KINDS.get(`${group}/${reading.string(fields, 'kind', place) ?? ''}`);
  const name = reading.string(fields, 'name', place);
  return kind === undefined || name === undefined
    ? []
    : [{ path: pathText(place), kind, namespace: meta.namespace, name }];
}

function ingressBackend(fields: Fields | undefined, place: At, meta: Meta, reading: Reading): readonly RouteBackend[] {
  const resource = fields && reading.object(fields, 'resource', place);
  if (resource !== undefined) return resourceBackend(resource, at(place, 'resource'), meta, reading);
  const service = fields && reading.object(fields, 'service', place);
  const name = service && reading.string(service, 'name', at(place, 'service'));
  const path = pathText(at(at(place, 'service'), 'name'));
  return name === undefined ? [] : [{ path, kind: 'Service', namespace: meta.namespace, name }];
}

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/**
 * The field, and the older annotation where it says something else: controllers differ in which of the two they follow, and an
 * update can set both. Without either, the default class of the cluster.
 */
function ingressClasses(named: string | undefined, annotated: string | undefined): readonly RouteParent[] {
  const byField = { path: 'spec.ingressClassName', kind: 'IngressClass' as const, namespace: '', name: named ?? '' };
  if (annotated === undefined || annotated === named) return [byField];
  const path = pathText(at(at(METADATA, 'annotations'), CLASS_ANNOTATION));
  const byAnnotation = { ...byField, path, name: annotated };
  return named === undefined ? [byAnnotation] : [byField, byAnnotation];
}

/** networking.k8s.io/v1 Ingress: defaultBackend and every path's backend. */
export function decodeIngress(fields: Fields, reading: Reading): Route {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  const annotated = meta.annotations.get(CLASS_ANNOTATION);
  const className = reading.string(spec, 'ingressClassName', SPEC);
  const fallback = ingressBackend(
    reading.object(spec, 'defaultBackend', SPEC),
    at(SPEC, 'defaultBackend'),
    meta,
    reading,
  );
  const backends = objects(spec, 'rules', SPEC, reading).flatMap(([rule, place]) => {
    const http = reading.object(rule, 'http', place);
    if (http === undefined) return [];
    return objects(http, 'paths', at(place, 'http'), reading).flatMap(([path, pathPlace]) =>
      ingressBackend(reading.object(path, 'backend', pathPlace), at(pathPlace, 'backend'), meta, reading),
    );
  });
  const byTraefik = annotatedByTraefik(meta);
  const entryPoints = annotatedEntryPoints(meta);
  return {
    kind: 'Ingress',
    group: 'networking.k8s.io',
    meta,
    through: ingressClasses(className, annotated),
    backends: [...fallback, ...backends, ...annotatedBackends(meta), ...middlewareBackends(byTraefik.delegations)],
    isBackend: false,
    ...(entryPoints && { entryPoints }),
    ...asksOf([...annotatedControls(meta), ...byTraefik.controls], byTraefik.delegations),
  };
}

/** Nothing where nothing is asked: most routes ask nothing themselves. */
function asksOf(
  controls: readonly Control[],
  delegations: readonly Delegation[],
  rules: ReadonlyMap<string, string> = new Map(),
): Pick<Route, 'asks'> {
  const isEmpty = controls.length + delegations.length + rules.size === 0;
  return isEmpty ? {} : { asks: { controls, delegations, rules } };
}

/** Parents that are judged by what they are, by `group/Kind`. A kind of that name in any other group is another thing. */
const PARENT_KINDS: ReadonlyMap<string, RouteParent['kind']> = new Map([
  [`${GATEWAY_API}/Gateway`, 'Gateway'],
  ['/Service', 'Service'],
]);

function gatewayParent(fields: Fields, place: At, meta: Meta, reading: Reading): RouteParent {
  const group = reading.string(fields, 'group', place) ?? GATEWAY_API;
  const kind = reading.string(fields, 'kind', place) ?? 'Gateway';
  const section = reading.string(fields, 'sectionName', place) ?? '';
  return {
    path: pathText(place),
    kind: PARENT_KINDS.get(`${group}/${kind}`) ?? 'other',
    namespace: reading.string(fields, 'namespace', place) ?? meta.namespace,
    name: reading.string(fields, 'name', place) ?? '',
    ...(section !== '' && { section }),
    object: { group, kind },
  };
}

/** The default Gateways of the cluster, whichever they are (GEP-3793): like a Gateway that nobody named. */
function defaultGateways(spec: Fields, reading: Reading): readonly RouteParent[] {
  const scope = reading.string(spec, 'useDefaultGateways', SPEC) ?? 'None';
  if (scope === 'None' || scope === '') return [];
  const path = pathText(at(SPEC, 'useDefaultGateways'));
  return [{ path, kind: 'Gateway', namespace: '', name: '' }];
}

/** Istio's backend by a host, that of a Service among others. Source: https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/. */
const HOSTNAME = 'networking.istio.io/Hostname';

const ROUTE_LABEL = 'delegation.kgateway.dev/label';

/**
 * HTTPRoutes that kgateway and agentgateway follow from a rule of another one, in any namespace and without a ReferenceGrant: by name, `*`, or a label,
 * which kgateway writes as an object of a kind of its own. Source: https://kgateway.dev/docs/envoy/latest/traffic-management/route-delegation/.
 */
function delegateName({ group, kind }: { group: string; kind: string }, name: string): string | undefined {
  if (group === GATEWAY_API && kind === 'HTTPRoute') return name;
  return `${group}/${kind}` === ROUTE_LABEL ? `${ROUTE_LABEL}=${name}` : undefined;
}

function routeBackend(fields: Fields, place: At, meta: Meta, reading: Reading): readonly RouteBackend[] {
  const named = {
    group: reading.string(fields, 'group', place) ?? '',
    kind: reading.string(fields, 'kind', place) ?? 'Service',
  };
  const typed = `${named.group}/${named.kind}`;
  const kind = BACKEND_KINDS.get(typed);
  const name = reading.string(fields, 'name', place);
  if (typed === HOSTNAME) {
    const service = serviceOfHost(name ?? '', meta.namespace);
    return service === undefined ? [] : [{ path: pathText(place), kind: 'Service', ...service }];
  }
  const namespace = reading.string(fields, 'namespace', place) ?? meta.namespace;
  const delegate = name && delegateName(named, name);
  if (delegate) return [{ path: pathText(place), kind: 'HTTPRoute', namespace, name: delegate }];
  if (kind === undefined || name === undefined) return [];
  const isElsewhere = namespace !== meta.namespace;
  return [{ path: pathText(place), kind, namespace, name, ...(isElsewhere && { grantedAs: named }) }];
}

/** Filters that send requests, or a copy of them, to a backend of their own: HTTPRequestMirrorFilter, HTTPExternalAuthFilter (GEP-1494). */
const SENDING_FILTERS = ['requestMirror', 'externalAuth'];

/** Backends that the filters of a rule, or of one of its backendRefs, send to. */
function filterBackends(fields: Fields, place: At, meta: Meta, reading: Reading): readonly RouteBackend[] {
  return objects(fields, 'filters', place, reading).flatMap(([filter, filterPlace]) =>
    SENDING_FILTERS.flatMap(field => {
      const up = at(filterPlace, field);
      const sending = reading.object(filter, field, filterPlace);
      const backend = sending && reading.object(sending, 'backendRef', up);
      return backend === undefined ? [] : routeBackend(backend, at(up, 'backendRef'), meta, reading);
    }),
  );
}

/** Extensions that a filter of a rule may name and that ask nothing of callers, by `group/Kind`. */
const SILENT_EXTENSIONS: ReadonlySet<string> = new Set([
  'gateway.envoyproxy.io/HTTPRouteFilter',
  'gateway.kgateway.dev/DirectResponse',
  'gateway.nginx.org/SnippetsFilter',
]);
/** Extensions that are read. */
const READ_EXTENSIONS: ReadonlySet<string> = new Set([
  'traefik.io/Middleware',
  'traefik.containo.us/Middleware',
  'gateway.kgateway.dev/TrafficPolicy',
]);

/** What an ExtensionRef filter of a rule asks: what the named object says, or nobody knows what. */
function extensionOf(
  filter: Fields,
  place: At,
  within: string,
  { namespace }: Meta,
  reading: Reading,
): { readonly controls: readonly Control[]; readonly delegations: readonly Delegation[] } {
  const ref = reading.object(filter, 'extensionRef', place);
  const up = at(place, 'extensionRef');
  if (ref === undefined) return { controls: [], delegations: [] };
  const [group = '', kind = '', name = ''] = ['group', 'kind', 'name'].map(key => reading.string(ref, key, up) ?? '');
  const path = pathText(up);
  if (READ_EXTENSIONS.has(`${group}/${kind}`))
    return { controls: [], delegations: [{ by: path, path, within, to: { group, kind, namespace, name } }] };
  if (SILENT_EXTENSIONS.has(`${group}/${kind}`)) return { controls: [], delegations: [] };
  const says = `the filter ${kind}.${group} is not judged`;
  return { controls: [control('authentication', path, 'unknown', path, says, { within })], delegations: [] };
}

/** What the filters of the rules ask of callers, and the names of the rules. */
function routeAsks(spec: Fields, meta: Meta, reading: Reading): Pick<Route, 'asks'> {
  const rules = objects(spec, 'rules', SPEC, reading);
  const extensions = rules.flatMap(([rule, place]) =>
    objects(rule, 'filters', place, reading).map(([filter, filterPlace]) =>
      extensionOf(filter, filterPlace, pathText(place), meta, reading),
    ),
  );
  const names = rules.flatMap(([rule, place]) => {
    const name = reading.string(rule, 'name', place);
    return name === undefined ? [] : [[pathText(place), name] as const];
  });
  return asksOf(
    extensions.flatMap(({ controls }) => controls),
    extensions.flatMap(({ delegations }) => delegations),
    new Map(names),
  );
}

/** gateway.networking.k8s.io HTTPRoute, GRPCRoute, TCPRoute, TLSRoute, UDPRoute: they differ in nothing that is judged. */
export function decodeGatewayRoute(kind: string, fields: Fields, reading: Reading): Route {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  const through = [
    ...objects(spec, 'parentRefs', SPEC, reading).map(([ref, place]) => gatewayParent(ref, place, meta, reading)),
    ...defaultGateways(spec, reading),
  ];
  const backends = objects(spec, 'rules', SPEC, reading).flatMap(([rule, place]) => [
    ...filterBackends(rule, place, meta, reading),
    ...objects(rule, 'backendRefs', place, reading).flatMap(([ref, refPlace]) => [
      ...routeBackend(ref, refPlace, meta, reading),
      ...filterBackends(ref, refPlace, meta, reading),
    ]),
  ]);
  // One without parents, or with another route as one, takes what that sends to it.
  const isBelow = through.length === 0 || through.some(({ object }) => object?.kind === 'HTTPRoute');
  const isBackend = kind === 'HTTPRoute' && isBelow;
  const asked = routeAsks(spec, meta, reading);
  const sent = [...backends, ...middlewareBackends(asked.asks?.delegations ?? [])];
  return { kind, group: GATEWAY_API, meta, through, backends: sent, isBackend, ...asked };
}
