import { has, type Intervals, intersect, normalize, subtract, union } from './intervals.ts';
import { type Address, BITS, type Family, formatAddress, LAST } from './ip.ts';

/** A set of IPv4 and IPv6 addresses. The families never mix: 0.0.0.0/0 holds no IPv6 address. */
export interface AddressSet {
  readonly v4: Intervals;
  readonly v6: Intervals;
}

/** No address at all. */
export const NO_ADDRESSES: AddressSet = { v4: [], v6: [] };

/** Every address of both families: what a NetworkPolicy rule without peers means. */
export const ALL_ADDRESSES: AddressSet = { v4: [{ first: 0n, last: LAST[4] }], v6: [{ first: 0n, last: LAST[6] }] };

/** The set of one closed range of one family. */
export function addressRange(family: Family, first: bigint, last: bigint): AddressSet {
  const range = [{ first, last }];
  return family === 4 ? { v4: range, v6: NO_ADDRESSES.v6 } : { v4: NO_ADDRESSES.v4, v6: range };
}

/** Union of any number of sets; of none, the empty set. */
export function unionAddresses(sets: readonly AddressSet[]): AddressSet {
  const [first, second] = sets;
  if (first === undefined) return NO_ADDRESSES;
  if (second === undefined) return first;
  if (sets.length === 2) return { v4: union(first.v4, second.v4), v6: union(first.v6, second.v6) };
  return { v4: normalize(sets.flatMap(set => set.v4)), v6: normalize(sets.flatMap(set => set.v6)) };
}

export function intersectAddresses(a: AddressSet, b: AddressSet): AddressSet {
  return { v4: intersect(a.v4, b.v4), v6: intersect(a.v6, b.v6) };
}

export function subtractAddresses(a: AddressSet, b: AddressSet): AddressSet {
  return { v4: subtract(a.v4, b.v4), v6: subtract(a.v6, b.v6) };
}

export function isNoAddress(set: AddressSet): boolean {
  return set.v4.length === 0 && set.v6.length === 0;
}

/** Whether every address of `a` is in `b`. */
export function containsAddresses(b: AddressSet, a: AddressSet): boolean {
  return isNoAddress(subtractAddresses(a, b));
}

export function hasAddress(set: AddressSet, address: Address): boolean {
  return has(address.family === 4 ? set.v4 : set.v6, address.value);
}

/** Lowest address of the set, IPv4 before IPv6; `undefined` of the empty set. */
export function firstAddress(set: AddressSet): Address | undefined {
  const [v4] = set.v4;
  if (v4 !== undefined) return { family: 4, value: v4.first };
  const [v6] = set.v6;
  return v6 === undefined ? undefined : { family: 6, value: v6.first };
}

/** Addresses that no host has: of this host on this network (RFC 6890). */
const NOBODYS: AddressSet = { v4: [{ first: 0n, last: 0xff_ff_ffn }], v6: [{ first: 0n, last: 0n }] };
/** 203.0.113.7 and 2001:db8::7, which stand for hosts on the internet (RFC 5737, RFC 3849). */
const EXAMPLES: readonly Address[] = [
  { family: 4, value: 0xcb_00_71_07n },
  { family: 6, value: (0x2001_0db8n << 96n) + 7n },
];

/** An address of the set to show: the lowest, but where that is no host's one that is. `undefined` of the empty set. */
export function exampleAddress(set: AddressSet): Address | undefined {
  const lowest = firstAddress(set);
  if (lowest === undefined || !hasAddress(NOBODYS, lowest)) return lowest;
  return EXAMPLES.find(address => hasAddress(set, address)) ?? firstAddress(subtractAddresses(set, NOBODYS)) ?? lowest;
}

/** Number of host bits of the largest block that starts at `first` and ends at or before `last`. */
function blockBits(first: bigint, last: bigint, width: number): number {
  const aligned = first === 0n ? width : (first & -first).toString(2).length - 1;
  const fitting = (last - first + 1n).toString(2).length - 1;
  return aligned < fitting ? aligned : fitting;
}

/** One CIDR block, as text and as a set. */
export interface AddressBlock {
  readonly text: string;
  readonly addresses: AddressSet;
}

/** Of many blocks only a few are shown: each is written when it is asked for. */
class RangeBlock implements AddressBlock {
  readonly #family: Family;
  readonly #first: bigint;
  readonly #hostBits: number;

  constructor(family: Family, first: bigint, hostBits: number) {
    this.#family = family;
    this.#first = first;
    this.#hostBits = hostBits;
  }

  get text(): string {
    return `${formatAddress({ family: this.#family, value: this.#first })}/${BITS[this.#family] - this.#hostBits}`;
  }

  get addresses(): AddressSet {
    return addressRange(this.#family, this.#first, this.#first + (1n << BigInt(this.#hostBits)) - 1n);
  }
}

function blocksOfRange(family: Family, first: bigint, last: bigint): readonly AddressBlock[] {
  const blocks: AddressBlock[] = [];
  for (let next = first; next <= last; ) {
    const bits = blockBits(next, last, BITS[family]);
    blocks.push(new RangeBlock(family, next, bits));
    next += 1n << BigInt(bits);
  }
  return blocks;
}

/** The fewest CIDR blocks that cover exactly this set, ascending, IPv4 first (RFC 4632 notation). */
export function toBlocks(set: AddressSet): readonly AddressBlock[] {
  return [
    ...set.v4.flatMap(({ first, last }) => blocksOfRange(4, first, last)),
    ...set.v6.flatMap(({ first, last }) => blocksOfRange(6, first, last)),
  ];
}

/** As {@link toBlocks}, as text. */
export const toCidrs = (set: AddressSet): string[] => toBlocks(set).map(({ text }) => text);
