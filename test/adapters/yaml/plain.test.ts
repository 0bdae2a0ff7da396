import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/limits.ts';
import { createParser } from '../../../src/adapters/yaml/parse.ts';
import { readPlain } from '../../../src/adapters/yaml/plain.ts';
import { createPositions } from '../../../src/adapters/yaml/positions.ts';
import { CORE_SCALARS, KUBECTL_SCALARS, type Scalars } from '../../../src/adapters/yaml/scalars.ts';
import { SCALARS } from './scalar-cases.ts';

/** The document, with a comment behind it that the plain style has not: it is read by the whole grammar. */
const inWholeGrammar = (text: string): string => `${text}${text.endsWith('\n') ? '' : '\n'}#\t\n`;

const isPlain = (text: string, scalars = KUBECTL_SCALARS): boolean => readPlain(text, 200, scalars) !== undefined;

type Path = readonly (string | number)[];

/** Where everything stands in a value, and something beside each part that is not there. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path, [...path, 'absent'], [...path, 7]];
  const parts = Object.entries(value).map(([key, part]) => [Array.isArray(value) ? Number(key) : key, part] as const);
  return [path, [...path, 'absent'], [...path, 99], ...parts.flatMap(([key, part]) => pathsIn(part, [...path, key]))];
}

/** What is known of a document: its value or why it has none, and the place of each part. */
function readAll(text: string, scalars: Scalars, value: unknown): unknown {
  const parsed = createParser(DEFAULT_LIMITS, scalars)(text);
  if (parsed.kind === 'fault') return 'a fault';
  const positions = createPositions(text, 200, scalars);
  const placed = pathsIn(value).map(path => [path, positions.locate(path), positions.locate(path, 'value')]);
  return { value: parsed.value, keys: JSON.stringify(parsed.value), doubts: parsed.doubts, placed };
}

/** `undefined`: both say the same; else what they say. */
function difference(text: string, scalars = KUBECTL_SCALARS): unknown {
  const value = readPlain(text, 200, scalars);
  if (value === undefined) return undefined;
  const [plain, whole] = [readAll(text, scalars, value), readAll(inWholeGrammar(text), scalars, value)];
  return JSON.stringify(plain) === JSON.stringify(whole) ? undefined : { text, plain, whole };
}

test.each([
  ['a: b', true],
  ['# said\n---\n# more\na: b # why\n\n\nc:\n- d\n-   e: f\n    g: h\n', true],
  ['- - a\n  - b\n-\n  - c\n- |\n  d\n', true],
  ['a: |-\n\n  b\n   c\n\nd: >+\n  e\n  f\n\n# g\n', true],
  ['a: [b, "c", {d: e, f: []}] # g\nh: {}\n', true],
  ["a: 'it''s'\n'b': \"c\"\n\"d\": 'e'\n", true],
  ['a: http://b:80/#c\nd: -1\ne: --f\ng: ~\nh:\ni: 0777\n', true],
  ['a: bé\n', true],
  ['a: b\n  c\n', false],
  ['a: "b\\n"\n', false],
  ['a: &b c\n', false],
  ['a: *b\n', false],
  ['a: !!str b\n', false],
  ['<<: {a: b}\n', false],
  ['a: b\na: c\n', false],
  ['a: .inf\n', false],
  ['a: b: c\n', false],
  ['a: b:\n', false],
  ['a:\tb\n', false],
  ['on: a\n', false],
  ['8080: a\n', false],
  ['__proto__: a\n', false],
  ['"__proto__": a\n', false],
  ['{"a": 1}\n', false],
  ['a: {b: c\n}\n', false],
  ['a: [b c: d]\n', false],
  ['a: | # b\n  c\n', false],
  ['a: |2\n   c\n', false],
  ['a:\n  b\n c: d\n', false],
  ['a: b\n---\nc: d\n', false],
  ['%YAML 1.1\n---\na: b\n', false],
  ['a: b\n...\n', false],
  ['a: \u2028b\n', false],
  ['', false],
  ['# nothing\n', false],
  ['text\n', false],
])('%j is in the plain style: %s', (text, is) => {
  expect(isPlain(text)).toBe(is);
  expect(difference(text)).toBeUndefined();
});

test('a scalar is read as the whole grammar reads it, wherever it stands', () => {
  const texts = SCALARS.flatMap(([scalar]) => [
    ...[`a: ${scalar}\n`, `- ${scalar}\n`, `a:\n  ${scalar}\n`, `a: [${scalar}]\n`, `a: [ ${scalar} , b]\n`],
    ...[`a: {b: ${scalar}}\n`, `a: ${scalar} # b\nc: d\n`, `a: "${scalar}"\n`, `a: '${scalar}'\n`, `${scalar}: b\n`],
  ]);
  expect(texts.filter(text => isPlain(text)).length).toBeGreaterThan(texts.length / 2);
  expect(texts.flatMap(text => difference(text) ?? [])).toEqual([]);
  expect(texts.flatMap(text => difference(text, CORE_SCALARS) ?? [])).toEqual([]);
});

test('what nests as deep as the limit allows is read, and no deeper', () => {
  const deep = (levels: number): string => `${'- '.repeat(levels - 1)}a\n`;
  const read = (levels: number, parse = createParser({ ...DEFAULT_LIMITS, maxDepth: 20 })): string =>
    parse(deep(levels)).kind;
  expect([read(19), read(20), read(21)]).toEqual(['value', 'fault', 'fault']);
  expect(readPlain(deep(19), 20, KUBECTL_SCALARS)).toBeDefined();
  expect(readPlain(deep(20), 20, KUBECTL_SCALARS)).toBeUndefined();
});

const scalar = fc.constantFrom(
  ...[
    'a',
    'b c',
    '8',
    '0x1f',
    'yes',
    '~',
    '',
    '-1',
    '- a',
    '#',
    ' # c',
    'a#b',
    'a: b',
    'a:',
    'x:y',
    '"q"',
    "'q'",
    "'it''s'",
  ],
  ...[
    '"a\\tb"',
    '{}',
    '[]',
    '[a, b]',
    '{a: 1, b: [c]}',
    '[a,]',
    '{a}',
    '[a: b]',
    '[[], {}]',
    '"q" # c',
    '"q"#c',
    '[a #b]',
  ],
  ...[
    '|',
    '|-',
    '>',
    '>+',
    '|2',
    '&x',
    '*x',
    '!t',
    '<<',
    '?',
    '-',
    '--',
    '%',
    '@',
    'é',
    '\u2028',
    '.inf',
    '1.',
    '_1',
    '0o7',
  ],
);
const key = fc.constantFrom('a', 'b', 'c', 'metadata', 'x.y/z', '"k"', "'k'", 'on', '1', '<<', 'a b', '-', '__proto__');
const indent = fc.constantFrom(0, 0, 1, 2, 2, 2, 3, 4, 4, 6);
const line = fc.oneof(
  fc.tuple(indent, key, scalar).map(([n, k, v]) => `${' '.repeat(n)}${k}: ${v}`),
  fc.tuple(indent, key).map(([n, k]) => `${' '.repeat(n)}${k}:`),
  fc.tuple(indent, scalar).map(([n, v]) => `${' '.repeat(n)}- ${v}`),
  fc.tuple(indent, key, scalar).map(([n, k, v]) => `${' '.repeat(n)}- ${k}: ${v}`),
  fc.tuple(indent, scalar).map(([n, v]) => `${' '.repeat(n)}${v}`),
  fc.constantFrom('', '  ', '# c', '   # c', '---', '--- # c', '- - a', '      deep', '\t', '...'),
);

const plainScalar = fc.constantFrom('a', 'b c', '8', 'true', '"q"', "'it''s'", '[a, {b: c}]', '{}', 'x:y', '--z', '~');
const blockText = fc.tuple(
  fc.constantFrom('|', '|-', '>', '>+', '|+'),
  fc.array(fc.constantFrom('t', ' u', '', 'v # w', '- x: y', '   '), { minLength: 1, maxLength: 4 }),
);

type Node =
  | string
  | { readonly block: readonly [string, readonly string[]] }
  | readonly Node[]
  | ReadonlyMap<string, Node>;
const node = fc.letrec<{ node: Node }>(tie => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    plainScalar,
    blockText.map(block => ({ block })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), tie('node')), {
        minLength: 1,
        maxLength: 3,
        selector: ([k]) => k,
      })
      .map(entries => new Map(entries)),
  ),
})).node;

/** The lines of a value as manifests are written. */
function written(value: Node): readonly string[] {
  if (typeof value === 'string') return [value];
  if ('block' in value) return [value.block[0], ...value.block[1].map(text => (text === '' ? '' : `  ${text}`))];
  const indented = (lines: readonly string[], by: string): readonly string[] =>
    lines.map(text => (text === '' ? '' : `${by}${text}`));
  const isCollection = (one: Node): boolean => typeof one !== 'string' && !('block' in one);
  if (value instanceof Map)
    return [...value].flatMap(([name, part]: [string, Node]) => {
      const [first = '', ...rest] = written(part);
      return isCollection(part) ? [`${name}:`, ...indented([first, ...rest], '  ')] : [`${name}: ${first}`, ...rest];
    });
  return (value as readonly Node[]).flatMap(part => {
    const [first = '', ...rest] = written(part);
    return [`- ${first}`, ...indented(rest, isCollection(part) ? '  ' : '')];
  });
}

test('lines in any order are read as the whole grammar reads them, where they are in the plain style', () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), lines => {
      const text = `${lines.join('\n')}\n`;
      if (isPlain(text)) plain += 1;
      return difference(text) === undefined && difference(text.slice(0, -1)) === undefined;
    }),
    { numRuns: 20_000 },
  );
  expect(plain).toBeGreaterThan(1_000);
});

test('what manifests look like is in the plain style, and is read as the whole grammar reads it', () => {
  let plain = 0;
  fc.assert(
    fc.property(
      node.filter(value => typeof value !== 'string'),
      fc.nat(),
      fc.constantFrom('', ' ', '  ', '\n', '#', '- ', 'x', ':'),
      (value, at, put) => {
        const text = `${written(value).join('\n')}\n`;
        if (isPlain(text)) plain += 1;
        const place = at % text.length;
        const changed = `${text.slice(0, place)}${put}${text.slice(put === '' ? place + 1 : place)}`;
        return difference(text) === undefined && difference(changed) === undefined;
      },
    ),
    { numRuns: 5_000 },
  );
  expect(plain).toBeGreaterThan(1_500);
});
