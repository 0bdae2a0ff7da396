import { unreadOf } from './decode-gateway-fact.ts';
import { decodeMeta, METADATA } from './decode-meta.ts';
import { SPEC } from './decode-targets.ts';
import { GATEWAY_API } from './gateway-fact.ts';
import { MCP_REFERENCES } from './mcp-references.ts';
import { follow, namedIn, type Placed, textOf } from './named-backends.ts';
import { OTHER_ROUTES, type OtherRoute, type Publisher } from './other-routes.ts';
import { at, type Fields, isFields, pathText, Reading } from './reading.ts';
import { entryPointsAt, middlewareBackends } from './traefik.ts';
import type { Meta, Route, RouteParent } from './types.ts';

const BY_NAME: ReadonlyMap<string, OtherRoute> = new Map(
  [...OTHER_ROUTES, ...MCP_REFERENCES].map(route => [`${route.group}/${route.kind}`, route]),
);

/** The group and kind are those of a route of another API than Ingress and Gateway API. */
export const isOtherRoute = (group: string, kind: string): boolean => BY_NAME.has(`${group}/${kind}`);

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
  const asked = asksOf(route, spec, meta, reading);
  const sent = [...backends, ...middlewareBackends(asked.asks?.delegations ?? [])];
  const { isBackend = false, isMcp = false } = route;
  const entryPoints = entryPointsAt(follow(spec, 'entryPoints[]').map(([value]) => value));
  return {
    ...{ kind, group, meta, through: parentsOf(spec, route, meta), backends: sent, isBackend, ...(isMcp && { isMcp }) },
    ...(entryPoints && { entryPoints }),
    ...asked,
  };
}
