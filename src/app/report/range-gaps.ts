import { addressSetOf } from '../../core/gate/discover-networks.ts';
import { NETWORK_CLASSES, type NetworkClass, type ProtectedNetworks } from '../../core/gate/types.ts';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import {
  type AddressSet,
  isNoAddress,
  NO_ADDRESSES,
  subtractAddresses,
  toCidrs,
  unionAddresses,
} from '../../core/net/addresses.ts';
import { parseCidr } from '../../core/net/cidr.ts';
import { CLUSTER, type ObservedAddress } from './cluster-reading.ts';

interface Gap {
  /** The holder of the first address that is outside. */
  readonly first: string;
  readonly addresses: AddressSet[];
}

const setOf = (text: string): AddressSet =>
  text.includes('/') ? (parseCidr(text).range ?? NO_ADDRESSES) : addressSetOf(text);

/** Blocks that a message names; the others are counted. */
const NAMED_BLOCKS = 4;

function problemOf(name: NetworkClass, { first, addresses }: Gap): Problem {
  const blocks = toCidrs(unionAddresses(addresses));
  const named = listed(blocks, NAMED_BLOCKS);
  return {
    severity: 'warning',
    code: 'range-incomplete',
    file: CLUSTER,
    line: 0,
    column: 0,
    field: `spec.protectedNetworks.${name}`,
    message: `the cluster uses addresses outside the ranges that are given for ${name}: ${named} (the first is of ${first}); add their range`,
  };
}

/**
 * A warning for each class that is configured and has addresses in use outside all protected ranges. Addresses that another class holds are
 * protected, so that nothing is to be said of them: where pods and nodes share a network, one range may stand for both.
 */
export function rangeGaps(networks: ProtectedNetworks, observed: Iterable<ObservedAddress>): readonly Problem[] {
  const { classes, extra } = networks;
  const known = unionAddresses([...NETWORK_CLASSES.map(name => classes[name] ?? NO_ADDRESSES), extra]);
  const gaps = new Map<NetworkClass, Gap>();
  for (const { class: name, text, holder } of observed) {
    const outside = subtractAddresses(setOf(text), known);
    if (classes[name] === undefined || isNoAddress(outside)) continue;
    const gap = gaps.get(name) ?? { first: holder, addresses: [] };
    gap.addresses.push(outside);
    gaps.set(name, gap);
  }
  return NETWORK_CLASSES.flatMap(name => {
    const gap = gaps.get(name);
    return gap === undefined ? [] : problemOf(name, gap);
  });
}
