import { NETWORK_CLASSES, type NetworkClass } from '../../core/gate/types.ts';
import type { Problem } from '../../core/manifest.ts';
import { type AddressSet, addressRange, containsAddresses, firstAddress, toCidrs } from '../../core/net/addresses.ts';
import { type Cidr, parseCidr } from '../../core/net/cidr.ts';
import { type AddressReader, type Family, unmap } from '../../core/net/ip.ts';
import { compare } from '../../core/order.ts';
import type { RangeSource } from './choices.ts';

/** Fields of `spec.protectedNetworks` that are read; metadata addresses are protected without being read anywhere. */
export const RANGE_CLASSES = [...NETWORK_CLASSES, 'extra'] as const;
export type RangeClass = (typeof RANGE_CLASSES)[number];

/** One block of one family. */
export interface Block {
  /** Without host bits; IPv6 as RFC 5952 has it. */
  readonly cidr: string;
  readonly family: Family;
  readonly addresses: AddressSet;
}

/** A block, what it is for, and where it was read. */
export interface Range extends Block {
  readonly class: RangeClass;
  /** The field and the object that has it: `clusterIpv4Cidr of cluster prod`. */
  readonly from: string;
  /** What a line of an `except` list says of it: `pods`. */
  readonly label: string;
}

/** Addresses of a class that were not seen, or not all of them. */
export interface NotSeen {
  readonly class: RangeClass;
  readonly reason: string;
}

/** All that was read of one cluster. */
export interface SeenRanges {
  readonly source: RangeSource;
  /** Which cluster, for people: `GKE cluster prod`. */
  readonly subject: string;
  /** What marks the lines of this cluster in a configuration: `gke prod`. */
  readonly mark: string;
  /** As `spec.provider` of a GatePolicy names it; `undefined`: not known. */
  readonly provider: string | undefined;
  /** By class in the order of {@link RANGE_CLASSES}, then by address; no block of a class lies in another of it. */
  readonly ranges: readonly Range[];
  readonly notSeen: readonly NotSeen[];
  /** Classes all of whose addresses lie in blocks of other classes. */
  readonly covered: readonly NetworkClass[];
  /** What could not be read. Not empty: the ranges are not to be relied on. */
  readonly problems: readonly Problem[];
}

const blockOf = (family: Family, addresses: AddressSet): Block => ({
  cidr: toCidrs(addresses)[0] ?? '',
  family,
  addresses,
});

/** Texts that programs read differently are no answer of a cloud: better not to guess. */
const isAmbiguous = ({ problems }: Cidr): boolean => problems.some(problem => problem !== 'host-bits');

/** The block that a text names, its host bits masked; of what is none, why. */
export function readBlock(text: string, readAddress: AddressReader): Block | string {
  const cidr = parseCidr(text, readAddress);
  const { range, reason = '' } = cidr;
  if (range === undefined) return `"${cidr.text}" is no CIDR block${reason === '' ? '' : `: ${reason}`}`;
  if (isAmbiguous(cidr)) return `"${text}" is read differently by different programs`;
  return blockOf(range.v4.length > 0 ? 4 : 6, range);
}

/** The block of the one address that a text names; `undefined` where it names none, as of a host name. */
export function readSingle(text: string, readAddress: AddressReader): Block | undefined {
  const address = readAddress(text);
  if (typeof address === 'string') return undefined;
  const { family, value } = unmap(address);
  return blockOf(family, addressRange(family, value, value));
}

const startOf = ({ addresses }: Block): bigint => firstAddress(addresses)?.value ?? 0n;
const prefixOf = ({ cidr }: Block): number => Number(cidr.slice(cidr.indexOf('/') + 1));

/** IPv4 first, ascending, the larger of two that start alike first. */
const byAddress = (a: Block, b: Block): number =>
  a.family - b.family || compare(startOf(a), startOf(b)) || prefixOf(a) - prefixOf(b);

/** Those that lie in no other. Two blocks either nest or are disjoint, so that it is enough to look at the one before. */
function outermost(sorted: readonly Range[]): readonly Range[] {
  const kept: Range[] = [];
  for (const range of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !containsAddresses(last.addresses, range.addresses)) kept.push(range);
  }
  return kept;
}

/** What was found, sorted, each block of a class once; further addresses only where no class holds them. */
export function sortRanges(found: readonly Range[]): readonly Range[] {
  const ofClass = (name: RangeClass): readonly Range[] =>
    outermost(found.filter(range => range.class === name).sort(byAddress));
  const classes = NETWORK_CLASSES.flatMap(ofClass);
  // Of two that are equal the class stays: the sort is stable.
  const all = outermost([...classes, ...found.filter(range => range.class === 'extra')].sort(byAddress));
  return [...classes, ...all.filter(range => range.class === 'extra')];
}

/** Classes of which nothing was seen, and nothing says why. */
export function unexplained({ ranges, notSeen, covered }: SeenRanges): readonly NetworkClass[] {
  const said = new Set<RangeClass>([...covered, ...[...ranges, ...notSeen].map(one => one.class)]);
  return NETWORK_CLASSES.filter(name => !said.has(name));
}
