import { type AddressSet, ALL_ADDRESSES, addressRange, NO_ADDRESSES, unionAddresses } from './addresses.ts';
import { type AddressReader, BITS, LAST, readPlainAddress, unmap } from './ip.ts';

/**
 * How a CIDR text departs from what every implementation reads alike.
 * `leading-zero`: 010.0.0.0/8 is 10/8 for Go and 8/8 for the C library (KEP-4858, CVE-2021-29923).
 * `host-bits`: 10.1.2.3/8. `ipv4-mapped`: ::ffff:10.0.0.0/104 is 10/8 for Go and IPv6 for others.
 * `unreadable`: no reader agrees that this is a CIDR at all.
 */
export type CidrProblem = 'leading-zero' | 'host-bits' | 'ipv4-mapped' | 'unreadable';

/**
 * One CIDR block as text and as the set that Go's lenient reader makes of it: the API server's by default up to Kubernetes 1.35, up to 1.37 where
 * its feature gate StrictIPCIDRValidation is off, and of objects that were stored then in every later version (KEP-4858).
 */
export interface Cidr {
  readonly text: string;
  /** `undefined` when the text is unreadable: the user of it decides whether that means everything or nothing. */
  readonly range: AddressSet | undefined;
  readonly problems: readonly CidrProblem[];
  /** Why it is unreadable, for people; empty or absent where there is nothing to add. */
  readonly reason?: string;
}

/** Of nearly every block the one empty list. */
const NO_PROBLEMS: readonly CidrProblem[] = [];

const PREFIX = /^\d+$/;
/** Dotted decimal, alone or as the tail of an IPv6 address. */
const DOTTED = /^(.*:)?(\d+(?:\.\d+){3})$/;
const MAPPED_BITS = 96;

/** Of text that is no block, this much is kept to quote it: it may be of any length. */
const MAX_QUOTED = 64;

const unreadable = (text: string, reason: string): Cidr => ({
  text: text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text,
  range: undefined,
  problems: ['unreadable'],
  ...(reason !== '' && { reason }),
});

/** Leading zeros are dropped, as Go's sloppy parser does: they are decimal to it. */
function withoutLeadingZeros(address: string): string {
  const [, head = '', dotted] = DOTTED.exec(address) ?? [];
  return dotted === undefined ? address : `${head}${dotted.replace(/(^|\.)0+(?=\d)/g, '$1')}`;
}

function parsePrefix(text: string, width: number): number | undefined {
  if (!PREFIX.test(text)) return undefined;
  const prefix = Number(text);
  return prefix <= width ? prefix : undefined;
}

/** Reads `address/prefix` text, the address by `read`. Never throws; see {@link Cidr} for what bad text becomes. */
export function parseCidr(text: string, read: AddressReader = readPlainAddress): Cidr {
  const slash = text.indexOf('/');
  if (slash < 0) return unreadable(text, '');
  const addressText = text.slice(0, slash);
  const prefixText = text.slice(slash + 1);
  const plain = withoutLeadingZeros(addressText);
  const written = read(plain);
  if (typeof written === 'string') return unreadable(text, written);
  const prefix = parsePrefix(prefixText, BITS[written.family]);
  if (prefix === undefined) return unreadable(text, `the prefix is a number from 0 to ${BITS[written.family]}`);

  const problems: CidrProblem[] = [];
  if (plain !== addressText || (prefixText.length > 1 && prefixText.startsWith('0'))) problems.push('leading-zero');
  const mapped = unmap(written);
  const isMapped = mapped !== written;
  if (isMapped) problems.push('ipv4-mapped');
  // A mapped block wider than /96 is not inside the mapped range: Go reads it as plain IPv6.
  const address = isMapped && prefix >= MAPPED_BITS ? mapped : written;
  const hostBits = BigInt(BITS[address.family] - (address === mapped && isMapped ? prefix - MAPPED_BITS : prefix));
  const first = (address.value >> hostBits) << hostBits;
  if (first !== address.value) problems.push('host-bits');
  return {
    text,
    range: addressRange(address.family, first, first | (LAST[address.family] & ((1n << hostBits) - 1n))),
    problems: problems.length === 0 ? NO_PROBLEMS : problems,
  };
}

/** Host bits are masked alike by every reader; the other departures make dataplanes disagree, some of them failing open. */
const isSafe = (cidr: Cidr): boolean => cidr.problems.every(problem => problem === 'host-bits');

/** What an `ipBlock.cidr` of this text lets through by the specification; unreadable text counts as everything. */
export function specifiedBy(cidr: Cidr): AddressSet {
  return cidr.range ?? ALL_ADDRESSES;
}

/** What `ipBlock.cidr` of any of these texts lets through by the specification. */
export const specifiedByAny = (texts: readonly string[]): AddressSet =>
  unionAddresses(texts.map(text => specifiedBy(parseCidr(text))));

/** What an `ipBlock.cidr` of this text may let through on some dataplane: everything, when they read it differently. */
export function mayAllow(cidr: Cidr): AddressSet {
  return isSafe(cidr) && cidr.range ? cidr.range : ALL_ADDRESSES;
}

/** What an `ipBlock.except` of this text keeps out on every dataplane: nothing, when they read it differently. */
export function surelyExcepts(cidr: Cidr): AddressSet {
  return isSafe(cidr) && cidr.range ? cidr.range : NO_ADDRESSES;
}
