import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';

describe('The canonical form is that of RFC 8785', () => {
  test.each<[what: string, value: object, text: string]>([
    // Section 3.2.2 and 3.2.3 of the RFC.
    ['numbers', [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0], '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]'],
    [
      'keys by their UTF-16 units',
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, 1: 4, '\ud83d\ude00': 5, '\u0080': 6, ö: 7 },
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ],
    ['numbers as keys', { 10: 1, 9: 2, '': 3, '-': 4 }, '{"":3,"-":4,"10":1,"9":2}'],
    ['escapes', ['\u20ac$\u000f\nA\'\u0042\u0022\u005c\\"/'], '["€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"]'],
    ['literals', [null, true, false, {}, []], '[null,true,false,{},[]]'],
    ['a key named __proto__', JSON.parse('{"__proto__":{"b":1,"a":2}}') as object, '{"__proto__":{"a":2,"b":1}}'],
  ])('for %s', (_, value, text) => {
    expect(HASHING.canonical(value)).toBe(text);
  });

  test('and half of a surrogate pair, which it has no form for, is replaced in values and in keys', () => {
    expect(HASHING.canonical({ a: '\ud83d', '\ude00': '\\ud83d' })).toBe('{"a":"\ufffd","\ufffd":"\\\\ud83d"}');
  });

  test('and is what the package writes, whatever the keys and their order are', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '-', '0', '9', '10', '01', 'a', '__proto__'),
    );
    const { value } = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 0 }),
        fc.array(tie('value')),
        fc.array(fc.tuple(key, tie('value'))).map(Object.fromEntries),
      ),
    }));
    fc.assert(
      fc.property(value, one => {
        // What holds half of a surrogate pair the package refuses.
        const plain: unknown = JSON.parse(
          JSON.stringify(one)
            .toWellFormed()
            .replaceAll(/\\ud[89a-f]../g, '?'),
        );
        expect(HASHING.canonical(plain)).toBe(canonicalize(plain));
      }),
    );
  });

  test('however deep it is nested', () => {
    const text = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(HASHING.canonical(JSON.parse(text))).toBe(text);
  });

  test('and says the same as the value, whatever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'grapheme' })), value => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(HASHING.canonical(plain as object))).toEqual(plain);
      }),
    );
  });
});

test('The hash is SHA-256 of the UTF-8 form', () => {
  expect(HASHING.hash('€')).toBe(createHash('sha256').update(Buffer.from('€', 'utf8')).digest('hex'));
});
