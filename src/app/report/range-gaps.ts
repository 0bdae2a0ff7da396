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

/** Addresses of one class that are in use outside all protected ranges. */
export interface RangeGap {
  readonly class: NetworkClass;
  /** The holder of the first address that was seen outside. */
  readonly first: string;
  /** Canonical CIDRs, sorted; at least one. */
  readonly blocks: readonly string[];
}

/** Collects what is in use outside the ranges, address by address. */
export interface GapSearch {
  see(observed: ObservedAddress): void;
  /** A gap for each class that has one, in the order of the classes. */
  found(): readonly RangeGap[];
}

const setOf = (text: string): AddressSet =>
  text.includes('/') ? (parseCidr(text).range ?? NO_ADDRESSES) : addressSetOf(text);

/**
 * Only classes that are configured have gaps. Addresses that another class holds are protected, so that nothing is to be said of them: where pods and
 * nodes share a network, one range may stand for both. What is no address says nothing.
 */
export function createGapSearch({ classes, extra }: ProtectedNetworks): GapSearch {
  const known = unionAddresses([...NETWORK_CLASSES.map(name => classes[name] ?? NO_ADDRESSES), extra]);
  const outside = new Map<NetworkClass, { readonly first: string; readonly addresses: AddressSet[] }>();
  return {
    see: ({ class: name, text, holder }) => {
      if (classes[name] === undefined) return;
      const addresses = subtractAddresses(setOf(text), known);
      if (isNoAddress(addresses)) return;
      const gap = outside.get(name) ?? { first: holder, addresses: [] };
      gap.addresses.push(addresses);
      outside.set(name, gap);
    },
    found: () =>
      NETWORK_CLASSES.flatMap(name => {
        const gap = outside.get(name);
        return gap === undefined
          ? []
          : { class: name, first: gap.first, blocks: toCidrs(unionAddresses(gap.addresses)) };
      }),
  };
}

/** Blocks that a message names; the others are counted. */
const NAMED_BLOCKS = 4;

export const gapText = ({ class: name, first, blocks }: RangeGap): string =>
  `the cluster uses addresses outside the ranges that are given for ${name}: ${listed(blocks, NAMED_BLOCKS)} (the first is of ${first}); add their range`;

const problemOf = (gap: RangeGap): Problem => ({
  severity: 'warning',
  code: 'range-incomplete',
  file: CLUSTER,
  line: 0,
  column: 0,
  field: `spec.protectedNetworks.${gap.class}`,
  message: gapText(gap),
});

/** A warning for each class that is configured and has addresses in use outside all protected ranges. */
export function rangeGaps(networks: ProtectedNetworks, observed: Iterable<ObservedAddress>): readonly Problem[] {
  const search = createGapSearch(networks);
  for (const one of observed) search.see(one);
  return search.found().map(problemOf);
}
