import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createParser } from '../../../src/adapters/yaml/parse.ts';
import { CORE_SCALARS, readPlainScalar } from '../../../src/adapters/yaml/scalars.ts';

const read = createParser({ maxDepth: 10, maxAliases: 0, maxNodes: 100 }, CORE_SCALARS);

// biome-ignore format: one line a group
const CASES = [
  'true', 'True', 'TRUE', 'tRUE', 'yes', 'on', 'y', 'off', 'n', 'No',
  'null', 'Null', 'NULL', '~', 'nULL',
  '0', '-0', '+1', '007', '0o17', '0o8', '0x1F', '-0x1F', '0b1', '1_000', '18446744073709551616',
  '1.', '.5', '-.5', '1e3', '1E-3', '1.5e+3', '.', '1e', '1:30', '.inf', '-.INF', '+.Inf', '.nan', '.NaN', '-.nan',
  '2026-12-31', '10.0.0.0/8', 'text',
];

/** A dash alone starts a list. */
const texts = fc
  .oneof(fc.constantFrom(...CASES), fc.stringMatching(/^[-+.0-9a-fA-FxoEinNyYtrue_~]{1,8}$/))
  .filter(text => text !== '-');

it('Plain scalars in a configuration are what another reader of YAML 1.2 makes of them', () => {
  fc.assert(
    fc.property(texts, text => {
      const other: unknown = parse(`a: ${text}\n`, { version: '1.2', logLevel: 'silent' }).a;
      // The sign of zero means nothing, and Kubernetes knows none.
      const expected = other === 0 ? 0 : other;
      fc.pre(Number.isFinite(other) || typeof other !== 'number' || /inf|nan/i.test(text));
      expect(readPlainScalar(text, CORE_SCALARS)).toEqual(expected);
      if (/inf|nan/i.test(text) && !Number.isFinite(other) && typeof other === 'number') return;
      expect(read(`a: ${text}\n`)).toMatchObject({ kind: 'value', value: { a: expected } });
    }),
    { numRuns: 3_000 },
  );
});
