import type { Decoded } from '../../../core/kube/decode.ts';
import { isMcpServerKind } from '../../../core/kube/mcp-operators.ts';
import type { KubeObject, Route } from '../../../core/kube/types.ts';
import { namedNearby } from '../../../core/mcp/named-nearby.ts';
import { isRoute, isWorkload } from '../../../core/world/object-kinds.ts';

type DecodedObject = Extract<Decoded, { readonly kind: 'object' }>;

/** `undefined`: it names nothing. */
const nearby = (route: Route): Route | undefined => (route.backends.length === 0 ? undefined : namedNearby(route));

/**
 * What a decoded object is to the view of a cluster. A resource of an operator is what it names, or what it asks of callers, and not what its operator
 * makes of it: that is there by itself, and is judged as it is.
 */
export function liveObject({ object, more = [] }: DecodedObject): KubeObject | undefined {
  if (!isWorkload(object) || object.operator === undefined)
    return isRoute(object) && object.isMcp ? nearby(object) : object;
  const named = more.find(isRoute);
  return (named && nearby(named)) ?? object.operator.callers;
}

/** A resource of an operator that stands for no pods and names nothing: it is there, and is nothing to us. */
export const namesNothing = (decoded: Decoded): boolean =>
  decoded.kind === 'other' && isMcpServerKind(decoded.apiVersion, decoded.objectKind);
