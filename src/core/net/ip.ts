import { IPv4, IPv6 } from 'ip-num';

/** Address family, by the version number that RFC 791 and RFC 8200 give it. */
export type Family = 4 | 6;

/** One address as a number of its family: 32 bits for IPv4, 128 bits for IPv6. */
export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

/** Width of an address in bits. */
export const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

/** Largest address of a family, inclusive. */
export const LAST: Readonly<Record<Family, bigint>> = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n };

const V4_SHAPE = /^\d{1,3}(\.\d{1,3}){3}$/;
const V6_SHAPE = /^[0-9a-fA-F:]{2,39}$/;
const V4_TAIL = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/;
const MAPPED_PREFIX = 0xffffn << 32n;

/** ip-num throws on text that is no address; here that is an ordinary answer. */
function attempt(parse: () => bigint): bigint | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function parseV4(text: string): bigint | undefined {
  return V4_SHAPE.test(text) ? attempt(() => new IPv4(text).value) : undefined;
}

/** `::ffff:1.2.3.4` is rewritten as hexadecimal: ip-num does not read the dotted tail (RFC 4291, 2.2.3). */
function withoutDottedTail(text: string): string | undefined {
  const tail = V4_TAIL.exec(text);
  if (tail === null) return text;
  const low = parseV4(tail[2] ?? '');
  return low === undefined ? undefined : `${tail[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
}

function parseV6(text: string): bigint | undefined {
  const plain = withoutDottedTail(text);
  if (plain === undefined || !V6_SHAPE.test(plain) || plain.includes(':::')) return undefined;
  return attempt(() => new IPv6(plain).value);
}

/**
 * Reads one address as written by RFC 4291 or dotted decimal without leading zeros.
 * `undefined` for anything else: zone ids, spaces, prefixes, octal, empty text.
 */
export function parseAddress(text: string): Address | undefined {
  const family: Family = text.includes(':') ? 6 : 4;
  const value = family === 4 ? parseV4(text) : parseV6(text);
  return value === undefined ? undefined : { family, value };
}

/** The IPv4 address inside `::ffff:0:0/96`, else the address itself: what Go's net package does with both. */
export function unmap(address: Address): Address {
  const isMapped = address.family === 6 && address.value >> 32n === MAPPED_PREFIX >> 32n;
  return isMapped ? { family: 4, value: address.value & LAST[4] } : address;
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.');
}

/** First longest run of zero groups of length two or more: RFC 5952, 4.2. */
function longestZeroRun(groups: readonly bigint[]): { readonly start: number; readonly length: number } {
  let best = { start: -1, length: 1 };
  let start = -1;
  groups.forEach((group, index) => {
    if (group !== 0n) start = -1;
    else {
      if (start < 0) start = index;
      if (index - start + 1 > best.length) best = { start, length: index - start + 1 };
    }
  });
  return best;
}

function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  const text = groups.map(group => group.toString(16));
  const run = longestZeroRun(groups);
  if (run.start < 0) return text.join(':');
  return `${text.slice(0, run.start).join(':')}::${text.slice(run.start + run.length).join(':')}`;
}

/** Canonical text: dotted decimal, or RFC 5952. */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatV4(address.value) : formatV6(address.value);
}
