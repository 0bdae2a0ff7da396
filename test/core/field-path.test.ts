import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, parsePath } from '../../src/core/field-path.ts';

describe('a field path', () => {
  it.each([
    ['', []],
    ['spec.egress[1].to[0].ipBlock.except', ['spec', 'egress', 1, 'to', 0, 'ipBlock', 'except']],
    ['metadata.labels["app.kubernetes.io/name"]', ['metadata', 'labels', 'app.kubernetes.io/name']],
    ['[0][1].a', [0, 1, 'a']],
    ['["0"][""]["a b"].constructor', ['0', '', 'a b', 'constructor']],
    ['["say \\"\\\\\\n\\u0001\\""]', ['say "\\\n\u0001"']],
  ])('is written and read as %s', (text, segments) => {
    expect(formatPath(segments)).toBe(text);
    expect(parsePath(text)).toEqual(segments);
  });

  it.each([
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[1',
    'a[01]',
    'a[-1]',
    'a[x]',
    'a[0]b',
    'a b',
    '["\\x"]',
    '["\\u12"]',
    '["a',
    '["a"]',
    'a["\n"]',
    'a[99999999999999999999]',
  ])('is not %j', text => {
    expect(parsePath(text)).toBeUndefined();
  });

  it('comes back as it went, whatever the keys are', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.nat())), segments => {
        expect(parsePath(formatPath(segments))).toEqual(segments);
      }),
    );
  });

  it('that is any text is read or refused', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '.', '[', ']', '"', '\\', 'u', '0', '1', '\n', 'é') }),
        text => {
          const segments = parsePath(text);
          if (segments !== undefined) expect(formatPath(segments)).toBe(text);
        },
      ),
    );
  });
});
