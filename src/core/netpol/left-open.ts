import type { Witness } from '../decision.ts';
import type { Direction } from '../kube/types.ts';
import { type AddressSet, ALL_ADDRESSES, exampleAddress, NO_ADDRESSES, subtractAddresses } from '../net/addresses.ts';
import { formatAddress } from '../net/ip.ts';
import { ALL_PORTS, examplePort } from '../net/ports.ts';
import { intersectBoxes, subtractBoxes } from './box.ts';
import type { Granted } from './granted.ts';
import { describePod, subtractSelections } from './region.ts';
import type { OpenByDefault } from './server-tiers.ts';

/** What is open by default beyond the grants. `guarded`: addresses that count; absent: all. */
export function leftBeyond(left: OpenByDefault, by: Granted, guarded: AddressSet = ALL_ADDRESSES): OpenByDefault {
  const { podAddresses = NO_ADDRESSES } = left;
  const pods = left.pods.flatMap(region => subtractSelections(region, by.pods));
  // Rules that go by labels close the addresses of pods where they leave no pod.
  const addresses = pods.length === 0 ? subtractAddresses(guarded, podAddresses) : guarded;
  const counted = left.boxes.flatMap(box => intersectBoxes(box, { addresses, ports: ALL_PORTS }));
  return { pods, boxes: counted.flatMap(box => subtractBoxes(box, by.boxes)), podAddresses };
}

/** One pod, or one address, that is left open. */
export function leftWitness({ pods, boxes }: OpenByDefault, direction: Direction): Witness {
  const [region] = pods;
  if (region) return { direction, peer: describePod(region), ...examplePort(region.ports) };
  const [box] = boxes;
  const first = box && exampleAddress(box.addresses);
  const address = first ? formatAddress(first) : '';
  return { direction, peer: address, address, ...(box && examplePort(box.ports)) };
}
