import type { Witness } from '../decision.ts';
import {
  type AddressSet,
  ALL_ADDRESSES,
  containsAddresses,
  exampleAddress,
  intersectAddresses,
  subtractAddresses,
} from '../net/addresses.ts';
import { formatAddress } from '../net/ip.ts';
import { examplePort, isNoPort, type PortSet, portRange, unionPorts } from '../net/ports.ts';
import { type Box, subtractBoxes } from './box.ts';
import { boxesLeft } from './earlier-tiers.ts';
import type { Opening } from './effective.ts';
import { closedPods, type Granted } from './granted.ts';
import type { Guarded } from './guarded.ts';

/** The addresses that an opening lets out to: the block, every address without peers, none for a selector. */
function openedAddresses({ peer }: Opening): AddressSet | undefined {
  if (peer === 'any') return ALL_ADDRESSES;
  return peer.kind === 'block' ? peer.worst : undefined;
}

/** Ports towards addresses that pods may have: a named port can be any number there. */
function portsTowardsPods(opening: Opening): PortSet {
  return unionPorts([opening.ports, ...opening.names.map(name => portRange(name.protocol, 1, 65535))]);
}

/**
 * What of some addresses an opening reaches beyond the grants, as disjoint boxes.
 * `mayBePods`: pods may have these addresses, so that named ports count; they resolve on no other address.
 */
export function reaches(opening: Opening, addresses: AddressSet, by: Granted, mayBePods: boolean): readonly Box[] {
  const opened = openedAddresses(opening);
  const ports = mayBePods ? portsTowardsPods(opening) : opening.ports;
  if (opened === undefined || isNoPort(ports)) return [];
  const box = { addresses: subtractAddresses(intersectAddresses(opened, addresses), closedPods(opening, by)), ports };
  return boxesLeft(box, opening.earlier).flatMap(left => subtractBoxes(left, by.boxes));
}

/** What an opening reaches of the space where ranges that are not known are assumed to lie; nothing where all are known. */
export function assumedReach(opening: Opening, { networks, unknown }: Guarded, by: Granted): readonly Box[] {
  return unknown.length === 0 ? [] : reaches(opening, networks.assumed, by, networks.classes.pods === undefined);
}

/**
 * What an opening reaches of the provider's credential addresses, where it is there for nothing else: all of it is link-local, and no grant
 * names exactly the address and the port. Empty for a wider opening, which forgets them.
 */
export function credentialsMeant(opening: Opening, by: Granted, guarded: Guarded): readonly Box[] {
  const opened = openedAddresses(opening);
  if (opened === undefined || !containsAddresses(guarded.anyLinkLocal, opened)) return [];
  const exact = { pods: [], boxes: by.boxes.filter(({ isExact }) => isExact) };
  return reaches(opening, guarded.credentials, exact, false);
}

/** An address of the boxes, with a port that it is reached on. */
export function egressWitness(boxes: readonly Box[]): Witness {
  const [box] = boxes;
  const first = box && exampleAddress(box.addresses);
  const address = first ? formatAddress(first) : '';
  return { direction: 'egress', peer: address, address, ...(box && examplePort(box.ports)) };
}
