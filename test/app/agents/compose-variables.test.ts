// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Compose files name variables
import { describe, expect, test } from 'vitest';
import { readEnvFile } from '../../../src/app/agents/compose/env-file.ts';
import { Substitution } from '../../../src/app/agents/compose/variables.ts';

const VARIABLES = new Map([
  ['A', 'a'],
  ['EMPTY', ''],
  ['DOLLAR', '$A'],
]);

/** What a text becomes, the variables that it lacks (with `!` where it requires them), and `invalid`. */
function substituted(text: string): readonly string[] {
  const { text: after, unset, isValid } = new Substitution(VARIABLES, 1000).of(text);
  return [
    after,
    ...unset.map(({ name, isRequired }) => `${name}${isRequired ? '!' : ''}`),
    ...(isValid ? [] : ['invalid']),
  ];
}

describe('variables of a Compose file', () => {
  test.each<readonly [string, ...string[]]>([
    ['plain', 'plain'],
    ['$A', 'a'],
    ['${A}', 'a'],
    ['x$A-y${A}z', 'xa-yaz'],
    ['$A_', '', 'A_'],
    ['$B', '', 'B'],
    ['${B}', '', 'B'],
    ['${EMPTY}', ''],
    // A default where it is unset or empty, or where it is unset.
    ['${B:-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${A:-d}', 'a'],
    ['${B-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${A-d}', 'a'],
    ['${B:-}', ''],
    ['${B-}', ''],
    ['${B:-a:b-c}', 'a:b-c'],
    // Something else where it is set and not empty, or where it is set.
    ['${A:+r}', 'r'],
    ['${EMPTY:+r}', ''],
    ['${B:+r}', ''],
    ['${A+r}', 'r'],
    ['${EMPTY+r}', 'r'],
    ['${B+r}', ''],
    ['${A:+$B}', '', 'B'],
    // Required.
    ['${A:?say}', 'a'],
    ['${B:?say it}', '', 'B!'],
    ['${EMPTY:?say it}', '', 'EMPTY!'],
    ['${B?say it}', '', 'B!'],
    ['${EMPTY?say it}', ''],
    ['${B?}', '', 'B!'],
    // One within another.
    ['${B:-${A}}', 'a'],
    ['${B:-${C:-${A}-d}}e', 'a-de'],
    ['${B:-$C}', '', 'C'],
    ['${A:-${C}}', 'a'],
    ['${B:-{x}', '${B:-{x}', 'invalid'],
    ['${B:-{x}}', '{x}'],
    // A dollar that is none of a variable.
    ['$$', '$'],
    ['$$A', '$A'],
    ['$${A}', '${A}'],
    ['$$$A', '$a'],
    ['${B:-$$x}', '$x'],
    ['${DOLLAR}', '$A'],
    ['$', '$'],
    ['5$', '5$'],
    ['$1', '$1'],
    ['${}', '${}', 'invalid'],
    ['${A', '${A', 'invalid'],
    ['${1}', '${1}', 'invalid'],
    ['${A!}', '${A!}', 'invalid'],
    ['${A b}', '${A b}', 'invalid'],
    ['${A:}', '${A:}', 'invalid'],
    ['${ A }', '${ A }', 'invalid'],
    ['$A $', 'a $'],
    ['$(A) $? $}', '$(A) $? $}'],
  ])('in %j make %j', (text, ...expected) => expect(substituted(text)).toEqual(expected));

  test('what they bring is bounded over all texts', () => {
    const substitution = new Substitution(new Map([['A', 'x'.repeat(400)]]), 1000);
    expect(substitution.of('$A$A').text).toHaveLength(800);
    expect(substitution.isFull).toBe(false);
    expect([substitution.of('$A').text, substitution.isFull]).toEqual(['', true]);
  });

  test.each([
    ['opened', '${A-'.repeat(20_000)],
    ['closed', `${'${B-'.repeat(20_000)}x${'}'.repeat(20_000)}`],
    ['plain', '$'.repeat(40_001)],
  ])('of a text with very many that are %s all is looked at', (_, text) => {
    expect(new Substitution(new Map(), 1000).of(text).text).toMatch(/^\$/);
  });
});

describe('an environment file', () => {
  const read = (text: string, outer = new Map<string, string>()) => {
    const { variables, unreadable } = readEnvFile(text, outer);
    return [Object.fromEntries(variables), unreadable];
  };

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['', {}],
    ['A=a', { A: 'a' }],
    ['A=a\nB=b\n', { A: 'a', B: 'b' }],
    ['\n# comment\n  # comment\n\t\nA=a', { A: 'a' }],
    ['  export A=a', { A: 'a' }],
    ['A: a', { A: 'a' }],
    ['A = a b ', { A: 'a b' }],
    ['A=', { A: '' }],
    ['A', {}],
    ['A=a=b', { A: 'a=b' }],
    ['A=a # comment', { A: 'a' }],
    ['A=a#no comment', { A: 'a#no comment' }],
    ['A=https://x/y?z#frag', { A: 'https://x/y?z#frag' }],
    ["A='it\\'s'", { A: "it's" }],
    ["A='a b' # comment", { A: 'a b' }],
    ['A="a b" # comment', { A: 'a b' }],
    ["A='$B'", { A: '$B' }],
    ['A="a\\nb\\t\\"c\\" \\\\"', { A: 'a\nb\t"c" \\' }],
    ["A='a\\nb'", { A: 'a\\nb' }],
    ['A="a\nb"\nC=c', { A: 'a\nb', C: 'c' }],
    ['A=""', { A: '' }],
    ['A=a\nB=$A-${A}-${C:-c}', { A: 'a', B: 'a-a-c' }],
    ['A=a\nB="$A"', { A: 'a', B: 'a' }],
    ['A="\\$B $$C"', { A: '$B $C' }],
    ['B=$A\nA=a', { A: 'a', B: '' }],
    ['A=1\nA=2', { A: '2' }],
    [
      '__proto__=x\nconstructor=y',
      Object.fromEntries([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    ],
  ])('%j sets %j', (text, expected) => expect(read(text)).toEqual([expected, undefined]));

  test('what counts before it is put into its values', () =>
    expect(read('A=own\nB=$A$C', new Map(Object.entries({ A: 'outer', C: 'c' })))[0]).toEqual({
      A: 'own',
      B: 'outerc',
    }));

  test.each([
    ['A=a\n=b', 2],
    ['A="a', 1],
    ["B=b\n\nA='a\nC=c", 3],
    ['A b', 1],
    ['{"a": 1}', 1],
  ])('%j cannot be read from line %i on', (text, line) => expect(read(text)[1]).toBe(line));

  test('what its variables bring is bounded', () => {
    const doubled = Array.from({ length: 64 }, (_, index) => `A${index + 1}=$A${index}$A${index}`);
    const { variables } = readEnvFile(['A0=xxxxxxxx', ...doubled].join('\n'), new Map());
    expect([...variables.values()].reduce((sum, text) => sum + text.length, 0)).toBeLessThan(1_100_000);
  });
});
