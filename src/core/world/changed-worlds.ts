import type { KubeObject, NetworkPolicy } from '../kube/types.ts';
import { lazily } from '../lazily.ts';
import { namespacesOf } from './content.ts';
import { isNetworkPolicy } from './object-kinds.ts';
import { overlay } from './overlay.ts';
import { objectKey } from './refs.ts';
import type { Change, World } from './world.ts';

/** The cluster without a change and with it, each put together when it is first asked for. */
export interface ChangedWorlds {
  readonly before: () => World;
  readonly after: () => World;
}

/** A world that is ahead holds the new state, perhaps in namespaces that the old one has nothing to do with. */
function withoutAfter(world: World, { after }: Change, anyState: KubeObject): World {
  const old = new Set(namespacesOf(anyState));
  const isFurther = after !== undefined && namespacesOf(after).some(name => !old.has(name));
  return isFurther ? overlay(world, { before: after }) : world;
}

const isThere = (world: World, policy: NetworkPolicy): boolean =>
  world.namespace(policy.meta.namespace).policies.has(objectKey(policy));

/** `world` may hold the changed object in either state, or not at all. */
export function changedWorlds(world: World, change: Change): ChangedWorlds {
  const { before, after } = change;
  const anyState = before ?? after;
  if (anyState === undefined) return { before: () => world, after: () => world };
  const behind = lazily(() => withoutAfter(world, change, anyState));
  const withState = (state: KubeObject | undefined) =>
    lazily(() => overlay(behind(), { before: anyState, ...(state && { after: state }) }));
  // Most that are created are not there yet: to leave them out changes nothing.
  const isNew = before === undefined && isNetworkPolicy(anyState) && !isThere(world, anyState);
  return { before: isNew ? () => world : withState(before), after: withState(after) };
}
