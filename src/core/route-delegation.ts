import type { Route, RouteBackend, RouteParent } from './kube/types.ts';
import type { NamespaceContent, World } from './world/world.ts';

/** The kind that kgateway and agentgateway follow from a rule of another one of it (route delegation). */
export const HTTP_ROUTE = 'HTTPRoute';

/** By which names HTTPRoutes above it send to one: its own, that of all, and those of its labels. */
const delegateNames = ({ meta }: Route): readonly string[] => [
  meta.name,
  '*',
  ...[...meta.labels].map(([key, value]) => `${key}=${value}`),
];

/** Whether a parent of a route is this HTTPRoute. */
const isParent = ({ object, namespace, name }: RouteParent, { kind, meta }: Route): boolean =>
  kind === HTTP_ROUTE && object?.kind === kind && namespace === meta.namespace && name === meta.name;

/** Whether a route, by its own parents, takes requests from one above it: where it names none, or this one. */
const isBelow = ({ through, isBackend }: Route, above: Route): boolean =>
  isBackend && (through.length === 0 || through.some(parent => isParent(parent, above)));

/** What sends to objects between a route and a Service calls them. */
type Named = Pick<RouteBackend, 'kind' | 'namespace' | 'name'>;

const namedKey = ({ kind, namespace, name }: Named): string => JSON.stringify([kind, namespace, name]);

/** Tells which of some routes, that others send to, a backend of a route is. */
export function indexBelow(routes: Iterable<Route>): (above: Route, backend: Named) => readonly Route[] {
  const named = new Map<string, Route[]>();
  for (const route of routes) {
    const { kind, meta, isBackend } = route;
    const names = kind === HTTP_ROUTE ? delegateNames(route) : [meta.name];
    for (const name of isBackend ? names : []) {
      const key = namedKey({ kind, namespace: meta.namespace, name });
      const known = named.get(key);
      if (known === undefined) named.set(key, [route]);
      else known.push(route);
    }
  }
  return (above, backend) => {
    const below = named.get(namedKey(backend)) ?? [];
    return backend.kind === HTTP_ROUTE ? below.filter(one => one !== above && isBelow(one, above)) : below;
  };
}

/** What others send to that send to a route: of one without parents, any of its names; of one that names HTTPRoutes as parents, nothing but those. */
export const namesAbove = (route: Route): readonly Named[] => {
  const { kind, meta, through } = route;
  if (kind !== HTTP_ROUTE) return [{ kind, namespace: meta.namespace, name: meta.name }];
  return through.length > 0 ? [] : delegateNames(route).map(name => ({ kind, namespace: meta.namespace, name }));
};

/** The HTTPRoute that a parent of a route is, where it sends to the route's namespace: what does is known there. */
function routeAbove({ object, namespace, name }: RouteParent, { meta }: Route, world: World): Route | undefined {
  if (object?.kind !== HTTP_ROUTE) return undefined;
  return world.namespace(meta.namespace).routes.get(`${namespace}/${HTTP_ROUTE}/${name}`);
}

/** HTTPRoutes that a route names as its parents and that send to it. */
export function parentsAbove(route: Route, world: World): readonly Route[] {
  const above = route.through.flatMap(parent => routeAbove(parent, route, world) ?? []);
  const sendsHere = indexBelow([route]);
  return above.filter(one => one.backends.some(backend => sendsHere(one, backend).length > 0));
}

/** The HTTPRoutes of a namespace that a name in a rule of another one stands for, and perhaps more. */
export const routesBelow = (name: string, content: NamespaceContent): readonly Route[] =>
  [...content.routes.values()].filter(
    route => route.kind === HTTP_ROUTE && route.meta.namespace === content.name && delegateNames(route).includes(name),
  );

/** The parents by which a route lets traffic in: of HTTPRoutes above it, those that are not among the `judged` ones. */
export const parentsOf = (
  route: Route,
  judged: Pick<ReadonlyMap<Route, unknown>, 'has'>,
  world: World,
): readonly RouteParent[] =>
  route.through.filter(parent => {
    const above = routeAbove(parent, route, world);
    return above === undefined || !judged.has(above);
  });
