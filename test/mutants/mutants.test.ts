import { describe, expect, it } from 'vitest';
import { findMutants } from './find-mutants.ts';
import { withSwitches } from './with-switches.ts';

const edits = (text: string): readonly string[] =>
  findMutants('a.ts', text).map(({ before, after }) => `${before} -> ${after}`);

describe('the mutants of a text', () => {
  it.each([
    ['a < b;', ['a < b; -> ;', 'a < b -> a <= b', 'a < b -> a >= b']],
    ['x = a && b;', ['x = a && b; -> ;', 'a && b -> a || b']],
    ['return a ?? b;', ['a ?? b -> a']],
    ['return !a;', ['!a -> a']],
    ['if (a) b();', ['a -> true', 'a -> false', 'b(); -> ;']],
    ['return a ? 1 : true;', ['a -> true', 'a -> false', '1 -> 2', '1 -> 0', 'true -> false']],
    ['return a.some(b);', ['a.some(b) -> a.every(b)']],
    ['return a.filter(b).length;', ['a.filter(b) -> a']],
    ['return Math.min(a, b);', ['Math.min(a, b) -> Math.max(a, b)']],
    [
      'for (;;) { a += 1; i++; continue; }',
      ['a += 1; -> ;', 'a += 1 -> a -= 1', '1 -> 2', '1 -> 0', 'i++; -> ;', 'i++ -> i--', 'continue; -> ;'],
    ],
  ])('of %s', (text, expected) => {
    expect(edits(`function f() { ${text} }`)).toEqual(expected);
  });

  it.each([
    ["import a from './a.json' with { type: 'json' };"],
    ['interface A { readonly a: 1 | 2; b(x: true): 3 }'],
    ['type A = B extends true ? 1 : 2;'],
    ['const a: 1 = b as 2;'],
    ['const a = { 1: b };'],
    ['// a < b\nconst a = "c < d";'],
  ])('are none where nothing runs: %s', text => {
    expect(edits(text)).toEqual([]);
  });

  it('leave an optional chain whole', () => {
    expect(edits('const a = b?.filter(c).length;')).toEqual([]);
    expect(edits('const a = b?.c(d < e);').length).toBe(2);
  });
});

describe('the switches', () => {
  const evaluate = (text: string, active: number): unknown => {
    const mutants = findMutants('a.ts', text).map((mutant, index) => ({ ...mutant, id: index + 1 }));
    const isMutated = (id: number): boolean => id === active;
    return new Function('globalThis', `${withSwitches(text, mutants)}; return f(2, 3);`)({ isMutated });
  };

  const TEXT = 'function f(a, b) { let c = 0; if (a < b) c += a + 1; else c = 9; return c > 2 && !(c === 9) }';

  it('change nothing while none is on', () => {
    expect(evaluate(TEXT, 0)).toBe(true);
  });

  it('do what each mutant alone does', () => {
    const mutants = findMutants('a.ts', TEXT);
    expect(mutants.length).toBeGreaterThan(15);
    for (const [index, { start, end, after }] of mutants.entries()) {
      const alone = new Function(`${TEXT.slice(0, start)}${after}${TEXT.slice(end)}; return f(2, 3);`);
      expect([index, evaluate(TEXT, index + 1)]).toEqual([index, alone()]);
    }
  });
});
