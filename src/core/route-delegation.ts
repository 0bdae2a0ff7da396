import type { Route, RouteBackend, RouteParent } from './kube/types.ts';
import { isRoute, type NamespaceContent, type World } from './world.ts';

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

/** Whether what a route sends to is this other one. */
export function sendsTo(above: Route, backend: Omit<RouteBackend, 'path'>, below: Route): boolean {
  const { kind, meta } = below;
  if (backend.kind !== kind || backend.namespace !== meta.namespace) return false;
  if (kind !== HTTP_ROUTE) return below.isBackend && backend.name === meta.name;
  return above !== below && delegateNames(below).includes(backend.name) && isBelow(below, above);
}

/** The HTTPRoutes above one of a namespace. */
export function routesAbove(name: string, content: NamespaceContent): readonly Route[] {
  const below = content.routes.get(`${content.name}/${HTTP_ROUTE}/${name}`);
  if (below === undefined) return [];
  const senders = delegateNames(below).flatMap(one => content.senders().to(HTTP_ROUTE, one));
  return [...new Set(senders.filter(isRoute))].filter(above => above !== below && isBelow(below, above));
}

/** The HTTPRoutes of a namespace that a name in a rule of another one stands for, and perhaps more. */
export const routesBelow = (name: string, content: NamespaceContent): readonly Route[] =>
  [...content.routes.values()].filter(
    route => route.kind === HTTP_ROUTE && route.meta.namespace === content.name && delegateNames(route).includes(name),
  );

/** The parents by which a route lets traffic in: of HTTPRoutes above it, those that are not among the `judged` ones. */
export const parentsOf = (
  { through, meta }: Route,
  judged: Pick<ReadonlyMap<Route, unknown>, 'has'>,
  world: World,
): readonly RouteParent[] =>
  through.filter(({ object, namespace, name }) => {
    if (object?.kind !== HTTP_ROUTE) return true;
    // What sends to a namespace is known there.
    const above = world.namespace(meta.namespace).routes.get(`${namespace}/${HTTP_ROUTE}/${name}`);
    return above === undefined || !judged.has(above);
  });
