import { type AddressSet, unionAddresses } from './addresses.ts';
import { type Intervals, normalize } from './intervals.ts';

/** A block of IPv6 addresses that each stand for an IPv4 address, and how many bits follow the embedded address. */
interface Embedding {
  readonly prefix: bigint;
  readonly bitsAfter: bigint;
}

/**
 * Where IPv4 addresses are embedded in IPv6: mapped ::ffff:0:0/96 (RFC 4291, 2.5.5.2), IPv4-compatible ::/96 (2.5.5.1, deprecated),
 * IPv4-translated ::ffff:0:0:0/96 (RFC 2765, SIIT), the well-known NAT64 prefix 64:ff9b::/96 (RFC 6052), 6to4 2002::/16
 * (RFC 3056: a whole /48 for each address).
 */
const EMBEDDINGS: readonly Embedding[] = [
  { prefix: 0xffffn << 32n, bitsAfter: 0n },
  { prefix: 0n, bitsAfter: 0n },
  { prefix: 0xffffn << 48n, bitsAfter: 0n },
  { prefix: 0x64ff9bn << 96n, bitsAfter: 0n },
  { prefix: 0x2002n << 112n, bitsAfter: 80n },
];

function embed(v4: Intervals, { prefix, bitsAfter }: Embedding): Intervals {
  return v4.map(({ first, last }) => ({
    first: prefix | (first << bitsAfter),
    last: prefix | (((last + 1n) << bitsAfter) - 1n),
  }));
}

/**
 * 64:ff9b:1::/48 (RFC 8215): each network divides it among its translators as it likes, so any address in it may stand for any IPv4 address.
 * Source: https://www.rfc-editor.org/rfc/rfc8215#section-5
 */
const LOCAL_TRANSLATION: Intervals = [{ first: 0x64ff9b0001n << 80n, last: (0x64ff9b0002n << 80n) - 1n }];

/** The set and every IPv6 address that a translator or an operating system may turn into one of its IPv4 addresses. */
export function withIPv6Forms(set: AddressSet): AddressSet {
  if (set.v4.length === 0) return set;
  const forms = EMBEDDINGS.flatMap(embedding => embed(set.v4, embedding));
  return unionAddresses([set, { v4: [], v6: normalize([...forms, ...LOCAL_TRANSLATION]) }]);
}
