import { describe, expect, it } from 'vitest';
import { holds } from '../../../src/core/kube/calico-expression.ts';
import {
  MAX_EXPRESSION_DEPTH,
  MAX_EXPRESSION_LENGTH,
  parseExpression,
} from '../../../src/core/kube/parse-calico-expression.ts';
import { calicoSelector } from '../../support/calico-oracle-selector.ts';
import { createRandom } from '../../support/random.ts';
import { randomSelector } from '../../support/random-calico-selector.ts';

function meets(selector: string, labels: Record<string, string>): boolean {
  const expression = parseExpression(selector);
  if ('problem' in expression) throw new Error(`${selector}: ${expression.problem}`);
  return holds(expression, new Map(Object.entries(labels)));
}

/** `a=1 b=` are labels. */
function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split(' ').flatMap(pair => (pair === '' ? [] : [pair.split('=')])));
}

describe('A selector of Calico', () => {
  it.each([
    // Comparisons.
    ["a == 'b'", 'a=b', true],
    ["a == 'b'", 'a=c', false],
    ["a == 'b'", '', false],
    ["a != 'b'", 'a=c', true],
    ["a != 'b'", '', true],
    ["a != 'b'", 'a=b', false],
    ["a == ''", 'a=', true],
    ["a == ''", '', false],
    ["a=='b'", 'a=b', true],
    // Sets; they may be empty, and end with a comma.
    ["a in {'b', 'c'}", 'a=c', true],
    ["a in {'b', 'c'}", 'a=d', false],
    ["a in {'b', 'c'}", '', false],
    ["a not in {'b', 'c'}", 'a=d', true],
    ["a not in {'b', 'c'}", '', true],
    ["a not in {'b', 'c'}", 'a=b', false],
    ["a notin{'b',}", 'a=b', false],
    ['a in {}', 'a=b', false],
    ['a not in {}', 'a=b', true],
    // Presence and parts of values.
    ['has(a)', 'a=', true],
    ['has( a )', 'b=', false],
    ["a contains 'b'", 'a=abc', true],
    ["a contains 'b'", 'a=ac', false],
    ["a contains 'b'", '', false],
    ["a starts with 'b'", 'a=bc', true],
    ["a startswith 'b'", 'a=cb', false],
    ["a ends with 'b'", 'a=cb', true],
    ["a endswith 'b'", 'a=bc', false],
    ["a contains ''", 'a=', true],
    ["! a contains ''", '', true],
    // Quotes have no escapes; the other kind may stand inside.
    [`a == "it's"`, "a=it's", true],
    [`a == 'b\\'`, 'a=b\\', true],
    // Operators: not binds closest, then and, then or.
    ["!a == 'b'", 'a=c', true],
    ["!a == 'b' && has(c)", 'a=c', false],
    ["!(a == 'b' && has(c))", 'a=b', true],
    ["a == 'x' && b == 'x' || c == 'x'", 'c=x', true],
    ["c == 'x' || a == 'x' && b == 'x'", 'a=x', false],
    ["(c == 'x' || a == 'x') && b == 'x'", 'a=x b=x', true],
    ['!!has(a)', 'a=1', true],
    ['! ! !has(a)', 'a=1', false],
    // Everything.
    ['', '', true],
    [' \t', 'a=b', true],
    ['all()', '', true],
    ['all( )', '', true],
    ['! all()', '', false],
    ['global()', '', true],
    // What looks like an operator or a function is a label where no such thing can stand.
    ["in == 'b'", 'in=b', true],
    ["has == 'b'", 'has=b', true],
    ["all != 'b'", 'all=b', false],
    ["contains contains 'b'", 'contains=abc', true],
    ["not not in {'b'}", 'not=b', false],
    ["-./_ == 'b'", '-./_=b', true],
    ["constructor == 'b'", '', false],
    ['has(__proto__)', '', false],
  ] as const)('%s of {%s} is %s', (selector, labels, expected) => {
    expect(meets(selector, labelsOf(labels))).toBe(expected);
  });
});

describe('What is no selector of Calico', () => {
  it.each([
    ['b == b', 5, 'expected a string in quotes, found "b"'],
    ["'a' == b", 0, 'expected a label, a function or "(", found "a"'],
    ['b', 1, 'it ends where an operator after the label "b" is expected'],
    ['a b', 2, 'expected an operator after the label "a", found "b"'],
    ['!', 1, 'it ends where a label, a function or "(" is expected'],
    ["a = 'b'", 2, '"=" cannot stand here'],
    ["a == 'b' &", 9, '"&" cannot stand here'],
    ["a == 'b' &&", 11, 'it ends where a label, a function or "(" is expected'],
    ["a == 'b' c == 'd'", 9, 'expected &&, || or the end, found "c"'],
    ["a in 'b'", 5, 'expected "{", found "b"'],
    ["a in {'b' 'c'}", 10, 'expected a string in quotes, "," or "}", found "c"'],
    ["a in {,'b'}", 6, 'expected a string in quotes, "," or "}", found ","'],
    ['a == "b', 5, 'the string does not end'],
    ['(has(a)', 7, 'it ends where ")" is expected'],
    [')', 0, 'expected a label, a function or "(", found ")"'],
    ['()', 1, 'expected a label, a function or "(", found ")"'],
    ['has()', 4, 'expected a label, found ")"'],
    ["has('a')", 4, 'expected a label, found "a"'],
    ['has (a)', 4, 'expected an operator after the label "has", found "("'],
    ['all(a)', 4, 'expected ")", found "a"'],
    ["a not 'b'", 2, 'expected an operator after the label "a", found "not"'],
    ["a starts 'b'", 2, 'expected an operator after the label "a", found "starts"'],
    ["a ! in {'b'}", 2, 'expected an operator after the label "a", found "!"'],
    ["a == 'b'\n", 8, '"\n" cannot stand here'],
    ["ä == 'b'", 0, '"ä" cannot stand here'],
    [`${'a'.repeat(513)} == 'b'`, 0, 'a label has at most 512 characters, this one has 513'],
  ])('%s', (selector, position, problem) => {
    expect(parseExpression(selector)).toEqual({ problem, position });
  });

  it('is longer, or nested deeper, than is read', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}has(a)${')'.repeat(depth)}`;
    expect(parseExpression(nested(MAX_EXPRESSION_DEPTH))).not.toHaveProperty('problem');
    expect(parseExpression(nested(MAX_EXPRESSION_DEPTH + 1))).toHaveProperty('problem');
    expect(parseExpression(' '.repeat(MAX_EXPRESSION_LENGTH))).not.toHaveProperty('problem');
    expect(parseExpression(' '.repeat(MAX_EXPRESSION_LENGTH + 1))).toEqual({
      position: MAX_EXPRESSION_LENGTH,
      problem: 'it is longer than 16384 characters',
    });
  });
});

describe('The selectors of Calico', () => {
  it('hold as another reader of them says, of 5,000 random ones and labels', () => {
    const random = createRandom(1);
    for (let count = 0; count < 5_000; count += 1) {
      const text = randomSelector(random, ['a', 'b', 'in', 'has'], ['', 'x', 'xy', "it's"]);
      const labels = Object.fromEntries(
        ['a', 'b', 'in', 'has']
          .filter(() => random.chance(0.5))
          .map(key => [key, random.pick(['', 'x', 'xy', "it's", 'zxy'])]),
      );
      const other = calicoSelector(text);
      expect([text, labels, meets(text, labels)]).toEqual([text, labels, other(new Map(Object.entries(labels)))]);
    }
  });

  it('are refused where another reader refuses them, of 5,000 random texts', () => {
    const random = createRandom(2);
    const pieces = [
      'a',
      'in',
      'not',
      "'x'",
      '"y"',
      '==',
      '!=',
      '&&',
      '||',
      '!',
      '(',
      ')',
      '{',
      '}',
      ',',
      'has(a)',
      'all()',
      ' ',
      'has',
    ];
    for (let count = 0; count < 5_000; count += 1) {
      const text = random.times(1 + random.int(6), () => random.pick(pieces)).join(random.pick(['', ' ']));
      const isRefused = 'problem' in parseExpression(text);
      let isRefusedThere = false;
      try {
        calicoSelector(text);
      } catch {
        isRefusedThere = true;
      }
      expect([text, isRefused]).toEqual([text, isRefusedThere]);
    }
  });
});
