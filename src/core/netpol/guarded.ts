import type { Dataplane } from '../gate/dataplane.ts';
import { NETWORK_CLASSES, type NetworkClass, type ProtectedNetworks } from '../gate/types.ts';
import { type AddressSet, NO_ADDRESSES, subtractAddresses, unionAddresses } from '../net/addresses.ts';
import { specifiedByAny } from '../net/cidr.ts';
import { withIPv6Forms } from '../net/ipv6-forms.ts';

/** The protected addresses of a configuration as the rules ask for them: worked out once per policy, not per server. */
export interface Guarded {
  readonly networks: ProtectedNetworks;
  /** The metadata address in all of its forms. */
  readonly metadata: AddressSet;
  /** Where the configured provider hands out credentials to pods, in all forms. Part of `linkLocal`. */
  readonly credentials: AddressSet;
  /** Other link-local and metadata addresses, less those of `metadata`. */
  readonly linkLocal: AddressSet;
  /** Both of the above: what an except for link-local is best written for, in whole blocks. */
  readonly anyLinkLocal: AddressSet;
  /** Every address that is known to be the cluster's, or is protected besides. */
  readonly known: AddressSet;
  /** Classes whose ranges are not known. */
  readonly unknown: readonly NetworkClass[];
  /** All that a rule for every address must except: what is known, what is assumed for want of it, and link-local. */
  readonly everything: AddressSet;
  /** What is known of the addresses that no block matches on the dataplane; none where that is not known: then the wider reading holds. */
  readonly unmatched: AddressSet;
  /** Neither pods nor nodes are matched by a block: what is assumed of ranges that are not known is less than certain. */
  readonly isNarrow: boolean;
}

/** The ranges of a class; where they are not known, what was seen of them. */
export function knownOf({ classes, seen }: ProtectedNetworks, name: NetworkClass): AddressSet {
  return classes[name] ?? seen[name];
}

/** The classes that an `ipBlock` matches by their addresses, on one dataplane or another. */
const BY_BLOCK: readonly (keyof Dataplane['blocks'] & NetworkClass)[] = ['pods', 'nodes'];

function unmatchedBy(dataplane: Dataplane | undefined, networks: ProtectedNetworks): AddressSet {
  const classes = dataplane === undefined ? [] : BY_BLOCK.filter(name => !dataplane.blocks[name]);
  return unionAddresses([NO_ADDRESSES, ...classes.map(name => knownOf(networks, name))]);
}

export function guardedOf(networks: ProtectedNetworks, dataplane?: Dataplane): Guarded {
  const { classes, extra, metadata, linkLocal, assumed } = networks;
  const anyLinkLocal = unionAddresses([linkLocal, metadata]);
  const known = unionAddresses([...NETWORK_CLASSES.map(name => knownOf(networks, name)), extra]);
  const unknown = NETWORK_CLASSES.filter(name => classes[name] === undefined);
  return {
    networks,
    metadata,
    credentials: withIPv6Forms(specifiedByAny(networks.credentials.map(({ cidr }) => cidr))),
    linkLocal: subtractAddresses(linkLocal, metadata),
    anyLinkLocal,
    known,
    unknown,
    everything: unionAddresses([known, anyLinkLocal, unknown.length > 0 ? assumed : NO_ADDRESSES]),
    unmatched: unmatchedBy(dataplane, networks),
    isNarrow: dataplane !== undefined && BY_BLOCK.every(name => !dataplane.blocks[name]),
  };
}
