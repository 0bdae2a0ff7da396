import { CILIUM, ciliumOf, type Dataplane, discoverDataplane } from '../core/gate/dataplane.ts';
import { BUILTIN_DATA } from '../core/gate/document/builtin.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import type { World } from '../core/world/world.ts';

/**
 * What enforces the policies of a cluster, as far as its agents show that. `blocksHoldNodes`: Cilium's match mode; `undefined`: it is not known, and the
 * wider reading holds.
 */
export function dataplaneOf(
  world: Pick<World, 'namespace'>,
  blocksHoldNodes: boolean | undefined,
): Dataplane | undefined {
  const found = discoverDataplane(world, BUILTIN_DATA.dataplanes);
  return found?.name === 'cilium' ? ciliumOf(found, blocksHoldNodes) : found;
}

/** The policy with what a cluster shows of its dataplane, which the configuration may give itself. `blocksHoldNodes`: as of {@link dataplaneOf}. */
export const withDataplane = (
  policy: GatePolicy,
  shown: Dataplane | undefined,
  blocksHoldNodes: boolean | undefined,
): GatePolicy => ({
  ...policy,
  dataplane: policy.dataplane ?? shown,
  cilium: ciliumOf(CILIUM, blocksHoldNodes),
});
