import type { BlockPeer } from '../kube/types.ts';
import {
  type AddressBlock,
  type AddressSet,
  containsAddresses,
  firstAddress,
  intersectAddresses,
  isNoAddress,
  subtractAddresses,
  toBlocks,
  unionAddresses,
} from '../net/addresses.ts';
import { parseCidr, specifiedBy } from '../net/cidr.ts';
import { compare } from '../order.ts';

/** How an ipBlock peer is closed: by `except` entries, or only by removing it. */
export type ClosingChange = { readonly blocks: readonly string[] } | { readonly remove: true };

/**
 * The smallest block around the IPv4-mapped addresses whose text is not itself a mapped one: text like `::ffff:0:0/96` is
 * IPv4 to some readers and IPv6 to others. Nothing else in it is routed.
 */
const AROUND_MAPPED = '::fffe:0:0/95';
const MAPPED: AddressSet = { v4: [], v6: [{ first: 0xffff_0000_0000n, last: 0xffff_ffff_ffffn }] };

/** The blocks that cover these addresses, in text that every reader understands alike. */
export const exceptBlocks = (closed: AddressSet): readonly string[] => plainBlocks(closed).map(({ text }) => text);

function plainBlocks(closed: AddressSet): readonly AddressBlock[] {
  if (isNoAddress(intersectAddresses(closed, MAPPED))) return toBlocks(closed);
  const around = specifiedBy(parseCidr(AROUND_MAPPED));
  return toBlocks(unionAddresses([subtractAddresses(closed, MAPPED), around]));
}

/**
 * The `except` entries that keep an ipBlock peer away from `closed`: the CIDRs of what is closed inside the block,
 * but for those that its excepts keep out already. Each is a strict subset of the block, as the API server demands.
 * `remove`: all that the block opens is to be closed, or its text is not read alike everywhere. Nothing to close: no blocks.
 */
export function exceptsToAdd(peer: BlockPeer, closed: AddressSet): ClosingChange {
  const missing = intersectAddresses(peer.worst, closed);
  if (isNoAddress(missing)) return { blocks: [] };
  const { range, problems } = peer.cidr;
  // Some readers take such a block for every address: no except can close that.
  const isAmbiguous = problems.some(problem => problem !== 'host-bits');
  if (range === undefined || isAmbiguous || containsAddresses(closed, peer.worst)) return { remove: true };
  const blocks = plainBlocks(intersectAddresses(range, closed)).filter(
    ({ addresses }) => !isNoAddress(intersectAddresses(addresses, missing)),
  );
  const isWhole = blocks.some(({ addresses }) => containsAddresses(addresses, range));
  return isWhole ? { remove: true } : { blocks: blocks.map(({ text }) => text) };
}

const readBlock = (text: string): AddressBlock => ({ text, addresses: specifiedBy(parseCidr(text)) });

/** IPv4 before IPv6, ascending. */
function byAddress(a: AddressBlock, b: AddressBlock): number {
  const [left, right] = [firstAddress(a.addresses), firstAddress(b.addresses)];
  if (left === undefined || right === undefined) return 0;
  return left.family - right.family || compare(left.value, right.value);
}

/** Several lists of `except` entries as one, ascending: without those that lie inside another. Never joins two, since the result could be the whole block. */
export function mergeBlocks(blocks: readonly string[]): readonly string[] {
  const different = [...new Set(blocks)].map(readBlock);
  const isWithinAnother = (block: AddressBlock): boolean =>
    different.some(other => other !== block && containsAddresses(other.addresses, block.addresses));
  return different
    .filter(block => !isWithinAnother(block))
    .sort(byAddress)
    .map(({ text }) => text);
}
