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
}

/** The ranges of a class; where they are not known, what was seen of them. */
export function knownOf({ classes, seen }: ProtectedNetworks, name: NetworkClass): AddressSet {
  return classes[name] ?? seen[name];
}

export function guardedOf(networks: ProtectedNetworks): Guarded {
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
  };
}
