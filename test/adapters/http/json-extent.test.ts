import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excessOf, REVIEW_LIMITS } from '../../../src/adapters/http/json-extent.ts';

/** Levels and values of parsed JSON, by walking it; empty lists and objects count twice. */
function extentOf(value: unknown): { readonly depth: number; readonly values: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, values: 1 };
  const inner = Object.values(value).map(extentOf);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    values: inner.reduce((sum, { values }) => sum + values, inner.length === 0 ? 2 : 1),
  };
}

const excess = (text: string, maxDepth: number, maxValues: number) =>
  excessOf(Buffer.from(text), { maxDepth, maxValues });

test('the depth and the values of any JSON are found as a walk over it finds them', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'large', stringUnit: 'binary' }), text => {
      const { depth, values } = extentOf(JSON.parse(text));
      expect(excess(text, depth, values)).toBeUndefined();
      // Short texts are not looked at: padding makes them long enough.
      const padded = text + ' '.repeat(2 * (depth + values));
      expect(excess(padded, depth, values)).toBeUndefined();
      if (depth > 0) expect(excess(padded, depth - 1, values)).toMatch(/deeper than/);
      expect(excess(padded, depth, values - 1)).toMatch(/more than/);
    }),
    { numRuns: 500 },
  );
});

describe('what stands in texts does not count', () => {
  test.each([
    ['brackets', '["[[[{{{"]'],
    ['quotes', '["\\"[[[[", "\\\\", "[[["]'],
    ['commas in keys', '[{"a,,,,[": ""}]'],
  ])('%s', (_what, text) => {
    const { depth, values } = extentOf(JSON.parse(text));
    expect(excess(text.padEnd(500), depth, values)).toBeUndefined();
  });
});

test.each(['', '"', '"\\', '[[["', ']]]]', '{"a":"\\"'])('text that is no JSON is left to the parser: %j', text => {
  expect(excess(text.padStart(100), 10, 50)).toBeUndefined();
});

describe('a review', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const { maxDepth, maxValues } = REVIEW_LIMITS;
  test.each([
    ['as deep as may be', nested(maxDepth), undefined],
    ['one level deeper', nested(maxDepth + 1), 'the body is nested deeper than 10003 levels'],
    ['that only opens levels', '['.repeat(3 * maxDepth), 'the body is nested deeper than 10003 levels'],
    ['of as many values as may be', `[${'1,'.repeat(maxValues - 2)}1]`, undefined],
    ['of one value more', `[${'1,'.repeat(maxValues - 1)}1]`, 'the body holds more than 400000 values'],
    ['of 8 MiB in one text', `["${'[{,'.repeat(2_700_000)}"]`, undefined],
  ])('%s', (_what, text, expected) => {
    expect(excessOf(Buffer.from(text))).toBe(expected);
  });
});
