import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAddress } from '../../../src/adapters/addresses/read-address.ts';
import { parseAddress } from '../../../src/core/net/ip.ts';
import { nearlyAddresses } from '../../support/nearly-addresses.ts';

describe('An address that a person wrote', () => {
  it('is read as an address of a manifest is', () => {
    fc.assert(
      fc.property(nearlyAddresses, text => {
        const read = readAddress(text);
        expect(typeof read === 'string' ? undefined : read).toEqual(parseAddress(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['10.0.0', 'An IP4 number cannot have less or greater than 4 octets'],
    ['10.0.0.256', 'Value given contains an invalid Octet; Value is less than zero or is greater than 8bit'],
    ['1::2::3', 'Given IPv6 is not confirm to a valid IPv6 address'],
    ['fe80::1%eth0', 'an address with a zone is of one machine alone'],
  ])('%s is none, and the text says why', (text, why) => {
    expect(readAddress(text)).toBe(why);
  });
});
