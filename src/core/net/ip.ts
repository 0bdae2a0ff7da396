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

const V4_SHAPE = /^(?:(?:0|[1-9]\d{0,2})(?:\.|$)){4}$/;
const HEXTET = /^[0-9a-fA-F]{1,4}$/;
const HEXTETS = 8;
const MAPPED_PREFIX = 0xffffn << 32n;

function parseV4(text: string): number | undefined {
  if (!V4_SHAPE.test(text) || text.endsWith('.')) return undefined;
  const octets = text.split('.').map(Number);
  if (octets.some(octet => octet > 255)) return undefined;
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

/** The hextets of colon-separated text without `::`; the last may be a dotted IPv4 address (RFC 4291, 2.2.3). Empty text has none. */
function parseHextets(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const hextets: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const dotted = index === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined;
    if (dotted !== undefined) hextets.push(Math.floor(dotted / 65536), dotted % 65536);
    else if (HEXTET.test(part)) hextets.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return hextets;
}

/** `::` stands once at the most, for one hextet of zeros or more (RFC 4291, 2.2.2). */
function parseV6(text: string): bigint | undefined {
  const [front = '', back, ...more] = text.split('::');
  // A dotted address may only end the whole text, so what stands before `::` may hold none.
  if (more.length > 0 || (back !== undefined && front.includes('.'))) return undefined;
  const head = parseHextets(front);
  const tail = back === undefined ? [] : parseHextets(back);
  if (head === undefined || tail === undefined) return undefined;
  const missing = HEXTETS - head.length - tail.length;
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  const hextets = [...head, ...Array<number>(missing).fill(0), ...tail];
  return BigInt(`0x${hextets.map(hextet => hextet.toString(16).padStart(4, '0')).join('')}`);
}

/**
 * Reads one address as written by RFC 4291 or dotted decimal without leading zeros.
 * `undefined` for anything else: zone ids, spaces, prefixes, octal, empty text.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) {
    const value = parseV6(text);
    return value === undefined ? undefined : { family: 6, value };
  }
  const value = parseV4(text);
  return value === undefined ? undefined : { family: 4, value: BigInt(value) };
}

/** Reads one address; where there is none, a text says why, in a reader's own words, and is empty where it has none. Never throws. */
export type AddressReader = (text: string) => Address | string;

/** {@link parseAddress}, without words. */
export const readPlainAddress: AddressReader = text => parseAddress(text) ?? '';

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
