import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonPath, textsIn } from '../../../src/adapters/http/json-texts.ts';

const all = (bytes: Buffer) => textsIn(bytes, () => true);
const read = (bytes: Buffer, { start, end }: { readonly start: number; readonly end: number }): string =>
  JSON.parse(`"${bytes.toString('utf8', start, end)}"`);

/** The texts of a value with their paths, by going through the value itself. */
function textsOf(value: unknown, path: JsonPath = []): readonly (readonly [path: JsonPath, text: string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, [...path, key]));
}

test('the texts of JSON are found where they stand, with their paths, however it is written', () => {
  const written = fc.tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, 3));
  fc.assert(
    fc.property(written, ([value, indent]) => {
      const bytes = Buffer.from(JSON.stringify(value, null, indent));
      const found = all(bytes)?.map(place => [place.path, read(bytes, place)]);
      expect(found).toEqual(textsOf(JSON.parse(bytes.toString())));
    }),
    { numRuns: 500 },
  );
});

describe('texts cannot be told', () => {
  const rows: readonly (readonly [where: string, text: string])[] = [
    ['where a name stands twice', '{"a": "x", "a": "y"}'],
    ['where a name stands twice, once with an escape', '{"a": "x", "\\u0061": "y"}'],
    ['where a name stands twice within', '{"b": [{"a": 1, "a": "y"}]}'],
    ['where it is too deep', `${'['.repeat(66)}"x"${']'.repeat(66)}`],
  ];
  test.each(rows)('%s', (_where, text) => {
    expect(all(Buffer.from(text))).toBeUndefined();
  });
});
