import type { Route, RouteBackend } from '../kube/types.ts';

/** What an object sends to, without saying that it is an MCP server. */
const plain = (backend: RouteBackend): RouteBackend => ({ ...backend, isPlain: true });

/**
 * A route as a cluster has it: what names MCP servers makes servers of those of its own namespace alone, since whoever may create it must not say what is a
 * server in another one, as that can keep Pods from starting there. What it sends to it does, wherever that is: routes are followed through it.
 */
export function namedNearby(route: Route): Route {
  if (route.isMcp !== true) return route;
  const { namespace } = route.meta;
  return { ...route, backends: route.backends.map(one => (one.namespace === namespace ? one : plain(one))) };
}

/** A route under review, which opens ways and makes no server of what was none before: what it names anew counts as one from the next change on. */
export function reviewedRoute(route: Route, before: Route | undefined): Route {
  if (route.isMcp !== true) return route;
  const nearby = namedNearby(route);
  const isKnown = ({ kind, namespace, name }: RouteBackend): boolean =>
    before?.backends.some(one => one.kind === kind && one.namespace === namespace && one.name === name) === true;
  return { ...nearby, backends: nearby.backends.map(one => (isKnown(one) ? one : plain(one))) };
}
