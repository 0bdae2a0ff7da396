import { discoverNetworks, type NetworkFacts, withDiscovered } from '../core/gate/discover-networks.ts';
import { overridden, policyOn } from '../core/gate/policy-on.ts';
import type { GatePolicy } from '../core/gate/types.ts';

/** The policy of rollouts as the controller holds it on a day, `YYYY-MM-DD`. */
export const rolloutPolicy = (written: GatePolicy, day: string): GatePolicy =>
  policyOn(overridden(written, { hasController: true }), day);

/** What the controller judges by it: what the cluster tells of its addresses stands in for classes that it does not give. */
export const withNetworksOf = (policy: GatePolicy, facts: NetworkFacts): GatePolicy => ({
  ...policy,
  protectedNetworks: withDiscovered(policy.protectedNetworks, discoverNetworks(facts)),
});
