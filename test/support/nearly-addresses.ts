import fc from 'fast-check';

/** Text that is nearly an address: what a strict reader has to tell apart. */
export const nearlyAddresses: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: fc.constantFrom('0', '1', '9', 'f', 'F', '.', ':', '::', '255', '%', ' ', '/'), maxLength: 14 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom('', '0', '00', '01', '1', '255', '256', 'ffff', '10000', 'g'),
        fc.nat(70000).map(String),
      ),
      { maxLength: 9 },
    )
    .chain(parts => fc.constantFrom('.', ':').map(separator => parts.join(separator))),
  fc.ipV4(),
  fc.ipV6(),
  fc.tuple(fc.ipV6(), fc.ipV4()).map(([six, four]) => `${six}:${four}`),
);
