import type { Decoded } from '../../../core/kube/decode.ts';
import { isMcpServerKind } from '../../../core/kube/mcp-operators.ts';
import type { KubeObject, Route, RouteBackend } from '../../../core/kube/types.ts';
import { isRoute, isWorkload } from '../../../core/world.ts';

type DecodedObject = Extract<Decoded, { readonly kind: 'object' }>;

/**
 * An object that names servers makes servers of those of its own namespace alone: whoever may create it must not say what is a server in another one, as
 * that can keep Pods from starting there. What it sends to it does, wherever that is: routes are followed through it. `undefined`: it names nothing.
 */
function namedNearby(route: Route): Route | undefined {
  if (route.backends.length === 0) return undefined;
  const isNear = ({ namespace }: RouteBackend): boolean => namespace === route.meta.namespace;
  return { ...route, backends: route.backends.map(one => (isNear(one) ? one : { ...one, isPlain: true })) };
}

/**
 * What a decoded object is to the view of a cluster. A resource of an operator is what it names, or what it asks of callers, and not what its operator
 * makes of it: that is there by itself, and is judged as it is.
 */
export function liveObject({ object, more = [] }: DecodedObject): KubeObject | undefined {
  if (!isWorkload(object) || object.operator === undefined)
    return isRoute(object) && object.isMcp ? namedNearby(object) : object;
  const named = more.find(isRoute);
  return (named && namedNearby(named)) ?? object.operator.callers;
}

/** A resource of an operator that stands for no pods and names nothing: it is there, and is nothing to us. */
export const namesNothing = (decoded: Decoded): boolean =>
  decoded.kind === 'other' && isMcpServerKind(decoded.apiVersion, decoded.objectKind);
