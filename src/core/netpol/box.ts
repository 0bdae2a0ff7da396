import { type AddressSet, intersectAddresses, isNoAddress, subtractAddresses } from '../net/addresses.ts';
import { intersectPorts, isNoPort, type PortSet, subtractPorts } from '../net/ports.ts';

/** Addresses with the ports that they are reached on. */
export interface Box {
  readonly addresses: AddressSet;
  readonly ports: PortSet;
}

function isEmptyBox({ addresses, ports }: Box): boolean {
  return isNoAddress(addresses) || isNoPort(ports);
}

function subtractOne(box: Box, granted: Box): readonly Box[] {
  const addresses = intersectAddresses(box.addresses, granted.addresses);
  if (isNoAddress(addresses) || isNoPort(intersectPorts(box.ports, granted.ports))) return [box];
  return [
    { addresses: subtractAddresses(box.addresses, granted.addresses), ports: box.ports },
    { addresses, ports: subtractPorts(box.ports, granted.ports) },
  ].filter(part => !isEmptyBox(part));
}

/** What two boxes have in common; nothing where they have no address or no port in common. */
export function intersectBoxes(a: Box, b: Box): readonly Box[] {
  const common = {
    addresses: intersectAddresses(a.addresses, b.addresses),
    ports: intersectPorts(a.ports, b.ports),
  };
  return isEmptyBox(common) ? [] : [common];
}

/** What of a box none of the granted boxes covers, as disjoint boxes; empty when they cover it together. */
export function subtractBoxes(box: Box, granted: readonly Box[]): readonly Box[] {
  return granted.reduce<readonly Box[]>(
    (parts, grant) => parts.flatMap(part => subtractOne(part, grant)),
    isEmptyBox(box) ? [] : [box],
  );
}
