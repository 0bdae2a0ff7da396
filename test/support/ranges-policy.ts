import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { type GatePolicy, NETWORK_CLASSES, type NetworkClass } from '../../src/core/gate/types.ts';
import { NO_ADDRESSES, unionAddresses } from '../../src/core/net/addresses.ts';
import { parseCidr } from '../../src/core/net/cidr.ts';

/** The built-in baseline with these ranges of every class, as CIDR text. */
export function rangesPolicy(ranges: Readonly<Record<NetworkClass, readonly string[]>>): GatePolicy {
  const policy = builtinGatePolicy();
  const [pods, services, nodes, controlPlane] = NETWORK_CLASSES.map(name =>
    unionAddresses(ranges[name].map(text => parseCidr(text).range ?? NO_ADDRESSES)),
  );
  const classes = { pods, services, nodes, controlPlane };
  return { ...policy, protectedNetworks: { ...policy.protectedNetworks, classes } };
}
