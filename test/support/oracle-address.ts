/**
 * The oracle's own reading of addresses and blocks, as Go's ParseCIDRSloppy reads them: leading zeros are decimal, host
 * bits are ignored, an IPv4-mapped address is the IPv4 address. Source: KEP-4858, k8s.io/utils/net.
 */

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

function parseIPv4(source: string): bigint | undefined {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(source)) return undefined;
  const bytes = source.split('.').map(BigInt);
  if (bytes.some(byte => byte > 255n)) return undefined;
  return bytes.reduce((value, byte) => value * 256n + byte, 0n);
}

function parseIPv6(source: string): bigint | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(source);
  if (dotted) {
    const tail = parseIPv4(dotted[2] ?? '');
    if (tail === undefined) return undefined;
    return parseIPv6(`${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`);
  }
  const [head = [], rest, ...more] = source.split('::').map(half => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (rest?.length ?? 0);
  if (more.length > 0 || (rest === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...(rest ?? [])];
  if (!groups.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return BigInt(`0x${groups.map(group => group.padStart(4, '0')).join('')}`);
}

const MAPPED = 0xffffn;
/** An address as its family and number; undefined for text that is none. */
export function parseAddress(source: string): Address | undefined {
  const v4 = parseIPv4(source);
  if (v4 !== undefined) return { family: 4, value: v4 };
  const v6 = parseIPv6(source);
  if (v6 === undefined) return undefined;
  return v6 >> 32n === MAPPED ? { family: 4, value: v6 & 0xffffffffn } : { family: 6, value: v6 };
}

/** Whether the block contains the address; undefined when the block's text is none that anything can read. */
export function contains(cidr: string, address: Address): boolean | undefined {
  const [, host = '', digits = ''] = /^([^/]*)\/(\d+)$/.exec(cidr) ?? [];
  const base = parseAddress(host);
  const length = Number(digits);
  if (base === undefined || digits === '' || length > (host.includes(':') ? 128 : 32)) return undefined;
  // A mapped block that is longer than ::ffff:0:0/96 is an IPv4 block; a shorter one is an IPv6 block.
  const mapped = base.family === 4 && host.includes(':');
  if (mapped && length < 96) return address.family === 6 && samePrefix((MAPPED << 32n) | base.value, address, length);
  return address.family === base.family && samePrefix(base.value, address, mapped ? length - 96 : length);
}
function samePrefix(base: bigint, address: Address, length: number): boolean {
  const shift = BigInt((address.family === 4 ? 32 : 128) - length);
  return base >> shift === address.value >> shift;
}
