import { unreadOf } from './decode-gateway-fact.ts';
import { decodeMeta, METADATA } from './decode-meta.ts';
import { decodeSelector } from './decode-selector.ts';
import { GATEWAY_API } from './gateway-fact.ts';
import { MCP_REFERENCES } from './mcp-references.ts';
import { type BackendPath, OTHER_ROUTES, type OtherRoute, type Publisher } from './other-routes.ts';
import { type At, at, type Fields, isFields, own, pathText, Reading } from './reading.ts';
import { matches } from './selector.ts';
import { serviceOfHost } from './service-host.ts';
import { entryPointsAt } from './traefik.ts';
import type { Meta, Route, RouteBackend, RouteParent } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';

/** A value of an object, and where it stands. */
type Placed = readonly [value: unknown, place: At];

const SPEC: At = at(undefined, 'spec');
const BY_NAME: ReadonlyMap<string, OtherRoute> = new Map(
  [...OTHER_ROUTES, ...MCP_REFERENCES].map(route => [`${route.group}/${route.kind}`, route]),
);

/** The group and kind are those of a route of another API than Ingress and Gateway API. */
export const isOtherRoute = (group: string, kind: string): boolean => BY_NAME.has(`${group}/${kind}`);

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
    .reduce<readonly Placed[]>((places, part) => places.flatMap(place => step(place, part)), [[spec, SPEC]]);

const textOf = (fields: Fields, key: string): string | undefined => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : undefined;
};

/** A host as {@link serviceOfHost} reads it, or `NAMESPACE/NAME`, perhaps with a scheme before it and a port or a path after it. */
function hostBackend(text: string, path: string, home: string): readonly RouteBackend[] {
  const slashed = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(text);
  const host = text.replace(/^[A-Za-z+]+:\/\//, '').replace(/[:/].*$/, '');
  const service = slashed ? { namespace: slashed[1] ?? '', name: slashed[2] ?? '' } : serviceOfHost(host, home);
  return service === undefined ? [] : [{ path, kind: 'Service', ...service }];
}

/**
 * The namespaces that a selector names, by the label that nobody can forge; the own one without a selector. Which namespaces have other labels, an
 * object does not say: of those nothing is followed.
 */
function selectedNamespaces(fields: Fields, place: At, home: string): readonly string[] {
  const namespaces = own(fields, 'namespaces');
  if (!isFields(namespaces)) return [home];
  const selector = decodeSelector(namespaces, at(place, 'namespaces'), new Reading());
  const byName = selector.find(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In');
  return [...(byName?.values ?? [])].filter(name => matches(selector, new Map([[NAMESPACE_NAME_LABEL, name]])));
}

function selectedBackends(fields: Fields, place: At, home: string): readonly RouteBackend[] {
  const reading = new Reading();
  const services = reading.object(fields, 'services', place) ?? {};
  const selects = decodeSelector(services, at(place, 'services'), reading);
  // The controller leaves out a target whose selector it cannot read.
  if (reading.issues.length > 0) return [];
  const path = pathText(place);
  return selectedNamespaces(fields, place, home).map(namespace => ({
    path,
    kind: 'Service',
    namespace,
    name: '',
    selects,
  }));
}

function namedObject(value: Fields, path: string, kind: string, home: string): RouteBackend | undefined {
  const name = textOf(value, 'name') ?? textOf(value, 'serviceName');
  if (name === undefined) return undefined;
  return { path, kind: textOf(value, 'kind') ?? kind, namespace: textOf(value, 'namespace') ?? home, name };
}

function backendOf(
  [value, place]: Placed,
  { form, kind = 'Service', namespaceAt = '', isGranted }: BackendPath,
  meta: Meta,
  spec: Fields,
): readonly RouteBackend[] {
  const path = pathText(place);
  const home = textOf(spec, namespaceAt) ?? meta.namespace;
  if (typeof value === 'string' && form === 'host') return hostBackend(value, path, home);
  if (typeof value === 'string' && form === 'name') return [{ path, kind, namespace: home, name: value }];
  if (isFields(value) && form === 'selector') return selectedBackends(value, place, home);
  if (!isFields(value) || form !== 'object') return [];
  const backend = namedObject(value, path, kind, home);
  if (backend === undefined || !isGranted || backend.namespace === meta.namespace) return backend ? [backend] : [];
  return [{ ...backend, grantedAs: { group: textOf(value, 'group') ?? '', kind: backend.kind } }];
}

const ISTIO_GATEWAY = { group: 'networking.istio.io', kind: 'Gateway' } as const;

/** Istio's word for every sidecar: such a route publishes nothing outside the mesh. */
const MESH = 'mesh';

function gatewayOf([value, place]: Placed, meta: Meta): readonly RouteParent[] {
  if (typeof value !== 'string' || value === MESH) return [];
  const [name = '', namespace = meta.namespace] = value.split('/').reverse();
  return [{ path: pathText(place), kind: 'Gateway', namespace, name, object: ISTIO_GATEWAY }];
}

/** A reference to a Gateway of the Gateway API. */
function parentOf([value, place]: Placed, { namespace }: Meta): readonly RouteParent[] {
  const name = isFields(value) ? textOf(value, 'name') : undefined;
  if (!isFields(value) || name === undefined) return [];
  const section = textOf(value, 'sectionName');
  const object = { group: GATEWAY_API, kind: textOf(value, 'kind') ?? 'Gateway' };
  const home = textOf(value, 'namespace') ?? namespace;
  return [{ path: pathText(place), kind: 'Gateway', namespace: home, name, object, ...(section && { section }) }];
}

/** Every class that the object names, once; the default one where it names none. */
function classesOf(
  spec: Fields,
  { field, annotations = [] }: Publisher & { by: 'class' },
  meta: Meta,
): readonly RouteParent[] {
  const named = field === undefined ? [] : [[textOf(spec, field), at(SPEC, field)] as const];
  const annotated = annotations.map(key => [meta.annotations.get(key), at(at(METADATA, 'annotations'), key)] as const);
  const classes = new Map<string, RouteParent>();
  for (const [name, place] of [...named, ...annotated]) {
    if (name && !classes.has(name))
      classes.set(name, { path: pathText(place), kind: 'IngressClass', namespace: '', name });
  }
  return classes.size > 0 ? [...classes.values()] : [{ path: 'spec', kind: 'IngressClass', namespace: '', name: '' }];
}

function parentsOf(spec: Fields, { publisher }: OtherRoute, meta: Meta): readonly RouteParent[] {
  switch (publisher.by) {
    case 'class':
      return classesOf(spec, publisher, meta);
    case 'parents':
      return follow(spec, publisher.path).flatMap(placed => parentOf(placed, meta));
    case 'gateways':
      return follow(spec, publisher.path).flatMap(placed => gatewayOf(placed, meta));
    case 'controller':
      return [{ path: 'spec', kind: 'Controller', namespace: '', name: '' }];
    case 'none':
      return [];
  }
}

/** Everything that a spec names at these paths. */
export const namedIn = (spec: Fields, paths: readonly BackendPath[], meta: Meta): readonly RouteBackend[] =>
  paths.flatMap(backend => {
    const named = follow(spec, backend.path).flatMap(placed => backendOf(placed, backend, meta, spec));
    return backend.isPlain ? named.map(one => ({ ...one, isPlain: true as const })) : named;
  });

/** What it asks of callers. A part that cannot be read is a warning: its own API server took it. */
function asksOf({ asks }: OtherRoute, spec: Fields, { namespace }: Meta, reading: Reading): Pick<Route, 'asks'> {
  if (asks === undefined) return {};
  const inner = new Reading();
  const { controls: asked, delegations } = asks(spec, inner, namespace);
  const controls = [...asked, ...unreadOf(inner)];
  for (const issue of inner.issues) reading.issues.push({ ...issue, severity: 'warning' });
  return controls.length + delegations.length === 0 ? {} : { asks: { controls, delegations, rules: new Map() } };
}

/** A route of another API than Ingress and Gateway API. */
export function decodeOtherRoute(group: string, kind: string, fields: Fields, reading: Reading): Route {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  const route = BY_NAME.get(`${group}/${kind}`);
  if (route === undefined) return { kind, group, meta, through: [], backends: [], isBackend: false };
  const backends = namedIn(spec, route.backends, meta);
  const { isBackend = false, isMcp = false } = route;
  const entryPoints = entryPointsAt(follow(spec, 'entryPoints[]').map(([value]) => value));
  return {
    ...{ kind, group, meta, through: parentsOf(spec, route, meta), backends, isBackend, ...(isMcp && { isMcp }) },
    ...(entryPoints && { entryPoints }),
    ...asksOf(route, spec, meta, reading),
  };
}
