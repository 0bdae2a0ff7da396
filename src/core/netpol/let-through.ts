import type { AddressSet } from '../net/addresses.ts';
import { ALL_ADDRESSES, containsAddresses } from '../net/addresses.ts';
import { containsPorts, type PortSet } from '../net/ports.ts';
import type { Box } from './box.ts';
import { boxesLeft, type Earlier, podsLeft } from './earlier-tiers.ts';
import type { Opening } from './effective.ts';
import { regionOf, type SelectedPods, selectedPods, selectionOf } from './region.ts';
import type { OpenByDefault } from './server-tiers.ts';

/** Traffic that is let through, to or from pods by their labels, or addresses. */
export type LetThrough =
  | { readonly kind: 'pods'; readonly selected: SelectedPods; readonly isWhole: boolean }
  | { readonly kind: 'addresses'; readonly addresses: AddressSet; readonly ports: PortSet; readonly isWhole: boolean };

/** `isWhole`: it is all that the rule says. */
function podsThrough(selected: SelectedPods, earlier: Earlier | undefined): readonly LetThrough[] {
  if (earlier === undefined) return [{ kind: 'pods', selected, isWhole: true }];
  const region = regionOf(selected);
  const left = region ? podsLeft(region, earlier) : [];
  const isWhole = left.length === 1 && left[0] === region;
  return left.map(part => ({ kind: 'pods', selected: isWhole ? selected : selectionOf(part), isWhole }));
}

function addressesThrough(box: Box, earlier: Earlier | undefined): readonly LetThrough[] {
  if (earlier === undefined) return [{ kind: 'addresses', ...box, isWhole: true }];
  const left = boxesLeft(box, earlier);
  const isAll = ({ addresses, ports }: Box): boolean =>
    containsAddresses(addresses, box.addresses) && containsPorts(ports, box.ports);
  return left.map(part => ({ kind: 'addresses', ...part, isWhole: left.length === 1 && isAll(part) }));
}

/** What an opening lets through of numbered ports, once all that comes before it has decided; of ports by name, what its peers are. */
export function letThrough({ peer, policy, ports, earlier }: Opening): readonly LetThrough[] {
  if (peer === 'any')
    return [
      ...podsThrough({ namespaces: [], pods: [], ports }, earlier),
      ...addressesThrough({ addresses: ALL_ADDRESSES, ports }, earlier),
    ];
  if (peer.kind === 'pods') return podsThrough(selectedPods(peer, policy.meta.namespace, ports), earlier);
  return addressesThrough({ addresses: peer.specified, ports }, earlier);
}

/** What is let through though no policy says so. */
export const letByDefault = ({ pods, boxes }: OpenByDefault): readonly LetThrough[] => [
  ...pods.map(region => ({ kind: 'pods' as const, selected: selectionOf(region), isWhole: false })),
  ...boxes.map(box => ({ kind: 'addresses' as const, ...box, isWhole: false })),
];
