import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { IPv4, IPv6 } from 'ip-num';
import { describe, expect, it } from 'vitest';
import {
  type AddressSet,
  hasAddress,
  NO_ADDRESSES,
  subtractAddresses,
  toCidrs,
  unionAddresses,
} from '../../../src/core/net/addresses.ts';
import { parseCidr } from '../../../src/core/net/cidr.ts';
import { type Address, formatAddress, parseAddress } from '../../../src/core/net/ip.ts';
import { nearlyAddresses } from '../../support/nearly-addresses.ts';

const v4 = fc.bigInt(0n, (1n << 32n) - 1n).map((value): Address => ({ family: 4, value }));
/** Outside ::/1, where IPv4-mapped blocks would be read as IPv4. */
const highV6 = fc.bigInt(1n << 127n, (1n << 128n) - 1n).map((value): Address => ({ family: 6, value }));
const v6 = fc.bigInt(0n, (1n << 128n) - 1n).map((value): Address => ({ family: 6, value }));
const v4Cidr = fc
  .tuple(v4, fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => `${formatAddress(address)}/${prefix}`);
const highV6Cidr = fc
  .tuple(highV6, fc.integer({ min: 1, max: 128 }))
  .map(([address, prefix]) => `${formatAddress(address)}/${prefix}`);
const v6Cidr = fc
  .tuple(v6, fc.integer({ min: 0, max: 128 }))
  .map(([address, prefix]) => `${formatAddress(address)}/${prefix}`);

const setOf = (cidrs: readonly string[]): AddressSet =>
  unionAddresses(cidrs.map(text => parseCidr(text).range ?? NO_ADDRESSES));

/** Addresses at and around both ends of every block: where an off-by-one would show. */
function edges(set: AddressSet): readonly Address[] {
  const around = (family: 4 | 6, value: bigint): readonly Address[] =>
    [value - 1n, value, value + 1n]
      .filter(candidate => candidate >= 0n && candidate < 1n << (family === 4 ? 32n : 128n))
      .map(candidate => ({ family, value: candidate }));
  return [
    ...set.v4.flatMap(({ first, last }) => [...around(4, first), ...around(4, last)]),
    ...set.v6.flatMap(({ first, last }) => [...around(6, first), ...around(6, last)]),
  ];
}

/** One list per family: in a common one node:net lets an IPv6 block hold IPv4 addresses, by their mapped form. */
function blockLists(cidrs: readonly string[]): (address: Address) => boolean {
  const lists = { 4: new BlockList(), 6: new BlockList() };
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/');
    const family = address.includes(':') ? 6 : 4;
    lists[family].addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  }
  return address => lists[address.family].check(formatAddress(address), address.family === 6 ? 'ipv6' : 'ipv4');
}

/** node:net takes IPv4-mapped addresses for IPv4; sets of ours do not. */
const isMapped = ({ family, value }: Address): boolean => family === 6 && value >> 32n === 0xffffn;

describe('address sets against node:net BlockList', () => {
  it('a block less its excepts holds exactly what the BlockLists say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(v4Cidr, v6Cidr), { maxLength: 6 }),
        fc.array(fc.oneof(v4Cidr, v6Cidr), { maxLength: 6 }),
        (blocks, excepts) => {
          const set = subtractAddresses(setOf(blocks), setOf(excepts));
          const [isAllowed, isDenied] = [blockLists(blocks), blockLists(excepts)];
          for (const address of [...edges(setOf(blocks)), ...edges(setOf(excepts))]) {
            if (isMapped(address)) continue;
            expect(hasAddress(set, address)).toBe(isAllowed(address) && !isDenied(address));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('toCidrs covers exactly the set, in blocks that no two of could be one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(v4Cidr, highV6Cidr), { maxLength: 5 }),
        fc.array(v4Cidr, { maxLength: 5 }),
        (blocks, excepts) => {
          const set = subtractAddresses(setOf(blocks), setOf(excepts));
          expect(setOf(toCidrs(set))).toEqual(set);
          expect(toCidrs(set).every(cidr => parseCidr(cidr).problems.length === 0)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('addresses as text', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6), address => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  const texts: readonly (readonly [text: string, canonical: string | undefined])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['010.0.0.1', undefined],
    ['10.0.0', undefined],
    ['10.0.0.256', undefined],
    ['10.0.0.1 ', undefined],
    ['', undefined],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['64:ff9b::169.254.169.254', '64:ff9b::a9fe:a9fe'],
    ['fe80::1%eth0', undefined],
    [':::1', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['12345::', undefined],
    ['1::2::3', undefined],
  ];
  it.each(texts)('%s is %s', (text, canonical) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(canonical);
  });
});

describe('addresses as text, against readers of others', () => {
  it('takes exactly what node:net takes', () => {
    fc.assert(
      fc.property(nearlyAddresses, text => {
        expect(parseAddress(text)?.family ?? 0).toBe(text.includes('%') ? 0 : isIP(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it('reads the same number as ip-num', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6), address => {
        const text = formatAddress(address);
        expect(parseAddress(text)?.value).toBe(address.family === 4 ? new IPv4(text).value : new IPv6(text).value);
      }),
      { numRuns: 500 },
    );
  });
});

describe('CIDR text', () => {
  const texts: readonly (readonly [
    text: string,
    meaning: readonly string[] | undefined,
    problems: readonly string[],
  ])[] = [
    ['10.0.0.0/8', ['10.0.0.0/8'], []],
    ['0.0.0.0/0', ['0.0.0.0/0'], []],
    ['10.1.2.3/8', ['10.0.0.0/8'], ['host-bits']],
    ['010.0.0.0/8', ['10.0.0.0/8'], ['leading-zero']],
    ['10.0.0.0/08', ['10.0.0.0/8'], ['leading-zero']],
    ['::ffff:10.0.0.0/104', ['10.0.0.0/8'], ['ipv4-mapped']],
    ['::ffff:a00:0/104', ['10.0.0.0/8'], ['ipv4-mapped']],
    ['2001:DB8::/32', ['2001:db8::/32'], []],
    ['::/0', ['::/0'], []],
    ['fe80::1%eth0/64', undefined, ['unreadable']],
    ['10.0.0.0', undefined, ['unreadable']],
    ['10/8', undefined, ['unreadable']],
    ['10.0.0.0/33', undefined, ['unreadable']],
    ['::/129', undefined, ['unreadable']],
    ['10.0.0.0/-1', undefined, ['unreadable']],
    [' 10.0.0.0/8', undefined, ['unreadable']],
    ['', undefined, ['unreadable']],
    ['everything', undefined, ['unreadable']],
  ];
  it.each(texts)('%s means %j', (text, meaning, problems) => {
    const cidr = parseCidr(text);
    expect(cidr.range && toCidrs(cidr.range)).toEqual(meaning);
    expect(cidr.problems).toEqual(problems);
  });
});
