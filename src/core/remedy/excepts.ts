import type { BlockPeer } from '../kube/types.ts';
import {
  type AddressSet,
  containsAddresses,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESSES,
  toCidrs,
} from '../net/addresses.ts';
import { parseCidr } from '../net/cidr.ts';

/** How an ipBlock peer is closed: by `except` entries, or only by removing it. */
export type ClosingChange = { readonly blocks: readonly string[] } | { readonly remove: true };

/**
 * The `except` entries that keep an ipBlock peer away from `closed`: the CIDRs of what is closed inside the block,
 * but for those that its excepts keep out already. Each is a strict subset of the block, as the API server demands.
 * `remove`: all that the block opens is to be closed, or its text is unreadable. Nothing to close: no blocks.
 */
export function exceptsToAdd(peer: BlockPeer, closed: AddressSet): ClosingChange {
  const missing = intersectAddresses(peer.worst, closed);
  if (isNoAddress(missing)) return { blocks: [] };
  const { range } = peer.cidr;
  if (range === undefined || containsAddresses(closed, peer.worst)) return { remove: true };
  const isMissing = (block: string): boolean =>
    !isNoAddress(intersectAddresses(parseCidr(block).range ?? NO_ADDRESSES, missing));
  return { blocks: toCidrs(intersectAddresses(range, closed)).filter(isMissing) };
}
