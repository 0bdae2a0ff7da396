import { ALL_GRANTS } from './kube/reference-grant.ts';
import type { Route, RouteBackend } from './kube/types.ts';
import { isReferenceGrant } from './reference-grants.ts';
import type { World } from './world/world.ts';

/**
 * Whether a reference into another namespace is let by a ReferenceGrant there. `unknown`: by none that is known, and there may be others, or one of them
 * cannot be read.
 */
export type Granted = 'yes' | 'unknown' | 'no';

/** Every ReferenceGrant of the world is known: it is a cluster's, and their kind could be listed. */
function areAllKnown({ wideFacts }: World): boolean {
  const standIns = wideFacts.filter(isReferenceGrant);
  return standIns.includes(ALL_GRANTS) && standIns.every(({ unlisted }) => unlisted === undefined);
}

/** Whether a route may send to one of its backends: a reference that needs no ReferenceGrant is let. */
export function grantedTo(route: Route, { grantedAs, namespace, name }: RouteBackend, world: World): Granted {
  if (grantedAs === undefined) return 'yes';
  const grants = world.namespace(namespace).referenceGrants();
  const from = { group: route.group, kind: route.kind, namespace: route.meta.namespace };
  if (grants.lets(from, { ...grantedAs, name })) return 'yes';
  return grants.isIncomplete || !areAllKnown(world) ? 'unknown' : 'no';
}
