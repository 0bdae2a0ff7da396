import { describe, expect, test } from 'vitest';
import { mayConnect } from '../../../src/app/notify/refused-addresses.ts';
import { NO_ADDRESSES } from '../../../src/core/net/addresses.ts';
import { specifiedByAny } from '../../../src/core/net/cidr.ts';

const METADATA = specifiedByAny(['169.254.169.254/32', '168.63.129.16/32']);
const may = (address: string, allowed: readonly string[] = [], refused: readonly string[] = []): boolean =>
  mayConnect(
    address,
    {
      allowed: allowed.length === 0 ? NO_ADDRESSES : specifiedByAny(allowed),
      refused: refused.length === 0 ? NO_ADDRESSES : specifiedByAny(refused),
    },
    METADATA,
  );

describe('A receiver may be at', () => {
  test.each(['93.184.215.14', '1.1.1.1', '2606:2800:21f:cb07::1', '::ffff:1.1.1.1', '64:ff9b::101:101'])(
    '%s',
    address => {
      expect(may(address)).toBe(true);
    },
  );
});

describe('A receiver may not be at', () => {
  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback elsewhere', '127.255.255.254'],
    ['loopback of IPv6', '::1'],
    ['loopback, mapped', '::ffff:127.0.0.1'],
    ['loopback, mapped, in hexadecimal', '::ffff:7f00:1'],
    ['loopback, by NAT64', '64:ff9b::7f00:1'],
    ['loopback, by 6to4', '2002:7f00:1::'],
    ['this host', '0.0.0.0'],
    ['no address', '::'],
    ['link-local', '169.254.1.1'],
    ['link-local of IPv6', 'fe80::1'],
    ['metadata', '169.254.169.254'],
    ['metadata of a cloud, on the internet', '168.63.129.16'],
    ['metadata, mapped', '::ffff:169.254.169.254'],
    ['private', '10.96.0.1'],
    ['private too', '172.31.0.1'],
    ['private as well', '192.168.1.1'],
    ['private of IPv6', 'fd12:3456::1'],
    ['site-local of IPv6', 'fec0::1'],
    ['shared', '100.64.0.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['benchmarks', '198.18.0.1'],
    ['no address at all', 'localhost'],
    ['an address with a zone', 'fe80::1%eth0'],
  ])('%s: %s', (_, address) => {
    expect(may(address)).toBe(false);
  });
});

test('What is allowed may be connected to, and nothing beside it', () => {
  expect([
    may('10.1.2.3', ['10.1.0.0/16']),
    may('10.2.0.1', ['10.1.0.0/16']),
    may('::ffff:10.1.2.3', ['10.1.0.0/16']),
  ]).toEqual([true, false, true]);
});

test('What is refused may not, whatever is allowed, in no form', () => {
  const refused = ['203.0.113.0/24'];
  expect([
    may('203.0.113.7', [], refused),
    may('203.0.113.7', ['203.0.113.7/32'], refused),
    may('64:ff9b::cb00:7107', [], refused),
  ]).toEqual([false, false, false]);
});
