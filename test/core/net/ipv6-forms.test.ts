import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressRange, containsAddresses, NO_ADDRESSES, toCidrs } from '../../../src/core/net/addresses.ts';
import { parseCidr } from '../../../src/core/net/cidr.ts';
import { withIPv6Forms } from '../../../src/core/net/ipv6-forms.ts';

const formsOf = (text: string): readonly string[] => toCidrs(withIPv6Forms(parseCidr(text).range ?? NO_ADDRESSES));

describe('The IPv6 forms of IPv4 addresses', () => {
  it.each([
    [
      '169.254.169.254/32',
      '::a9fe:a9fe/128',
      '::ffff:a9fe:a9fe/128',
      '::ffff:0:a9fe:a9fe/128',
      '64:ff9b::a9fe:a9fe/128',
      '64:ff9b:1::/48',
      '2002:a9fe:a9fe::/48',
    ],
    [
      '169.254.0.0/16',
      '::a9fe:0/112',
      '::ffff:a9fe:0/112',
      '::ffff:0:a9fe:0/112',
      '64:ff9b::a9fe:0/112',
      '64:ff9b:1::/48',
      '2002:a9fe::/32',
    ],
    ['0.0.0.0/0', '::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16'],
    [
      '255.255.255.255/32',
      '::ffff:ffff/128',
      '::ffff:ffff:ffff/128',
      '::ffff:0:ffff:ffff/128',
      '64:ff9b::ffff:ffff/128',
      '64:ff9b:1::/48',
      '2002:ffff:ffff::/48',
    ],
  ])('%s is also %s, %s, %s, %s, %s and %s', (v4, ...v6) => {
    expect(formsOf(v4)).toEqual([v4, ...v6]);
  });

  it('IPv6 addresses have no other form', () => {
    expect(formsOf('fd00:ec2::254/128')).toEqual(['fd00:ec2::254/128']);
  });

  it('a part of a set has a part of its forms', () => {
    const v4 = fc.bigInt(0n, (1n << 32n) - 1n);
    fc.assert(
      fc.property(v4, v4, v4, (a, b, c) => {
        const [first = 0n, middle = 0n, last = 0n] = [a, b, c].sort((x, y) => (x < y ? -1 : 1));
        const whole = withIPv6Forms(addressRange(4, first, last));
        expect(containsAddresses(whole, withIPv6Forms(addressRange(4, middle, last)))).toBe(true);
      }),
    );
  });
});
