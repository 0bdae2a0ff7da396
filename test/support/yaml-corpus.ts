import { createRandom, type Random } from './random.ts';

/** Numbers, words and times that YAML 1.1, YAML 1.2 and JSON read in different ways. */
const PLAIN: readonly string[] = [
  ...['a', 'web', '1', '0', '-1', '+1', '08', '010', '0o10', '0x1F', '0b11', '1_000', '1e3', '1.5', '.5', '5.', '-.5'],
  ...['1:30', '190:20:30', '1e400', '99999999999999999999', '18446744073709551615', '-9223372036854775809', '_1'],
  ...['0xFFFFFFFFFFFFFFFFF', '0.1', '1e-7', '1_0.5_0', '-0', '+.5', '0x_1', 'yes', 'No', 'on', 'OFF', 'y', 'N'],
  ...['true', 'False', 'TRUE', 'tRue', 'null', 'Null', '~', '', '2001-01-01', '2001-12-14t21:59:43.10-05:00', '='],
  ...[
    'a#b',
    '-a',
    'a:b',
    'http://x',
    'a, b',
    'a]',
    'a}',
    '\u00e9',
    '\ud83d\ude00',
    '\u00a0',
    '\\',
    'a\tb',
    'a\t',
    '<<',
  ],
  ...['.nan', '.inf', '-.INF'],
];

const QUOTED: readonly string[] = [
  ...[
    '"a b"',
    "'it''s'",
    '"\\x41\\u00e9\\n\\t"',
    '"\\\\"',
    '"\t"',
    '"a: b"',
    "'# a'",
    '""',
    "''",
    '"\\N\\_\\L\\P\\e\\0"',
  ],
  ...[
    '"a\\\n    b"',
    '"a\n    b"',
    "'a\n    b'",
    '"a\n  b"',
    "'a\nb'",
    '"a\n\n    b"',
    "'a \n \n  b'",

    '"a\n\tb"',
  ],
  ...['"\\U0001F600"', '"\\ud83d"', '"\\/"', '"\\q"', "'a\\n'", '"a\u0085b"', '"\u0001"'],
];

const FLOW: readonly string[] = [
  ...['[]', '{}', '[a, b]', '{a: b}', '{a: 1,}', '{a, b: c}', '[a: b]', '{"a":1}', '{a:1}', '["a":b]', '[[]]'],
  ...[
    '{a: [b, {c: d}]}',
    '[a,\n    b]',
    '[a,\n  b\n  ]',
    '[\n  a\n]',
    '{a: b\n}',
    '{\n    a: b,\n    c: [d\n  ]}',
    '[\n\ta]',
  ],
  ...[
    '[a,\n\tb\n  ]',
    '[\n  "a\n  b"]',
    '{a:\n  b}',
    '[a\n  b]',
    '[ # c\n a]',
    '[a, # c\n b]',
    '[a,#c\n b]',
    '{a: b # c\n }',
  ],
  ...[
    '{a:\n\n    b}',
    '{? a : b}',
    '[? a : b]',
    '{: a}',
    '[-1, - 1]',
    '{"a"\n    : b}',
    '{a\n    : b}',
    '{"a": b, "c"\n:d}',
  ],
  ...[
    '[a,, b]',
    '[a',
    '{[a]: b}',

    '[a]b',
    '[\n---\n]',
    '["a"b]',
    '[a, !!str 1]',
    '[*a]',
    '{a: &x 1, b: *x}',
    '[a?b]',
  ],
];

const BLOCK: readonly string[] = [
  ...[
    '|\n    x',
    '>\n    x\n    y',
    '|-\n    x\n',
    '|+\n    x\n\n',
    '|2\n      x',
    '>-\n    a\n\n    b\n      c\n    d',
    '|\n   \n    x',
  ],
  ...[
    '|  # c\n    x',
    '>2-\n     a',
    '|\n',
    '|\n    x\n     y',
    '>\n\n    a\n    b\n\n\n    c',
    '|-\n    # no comment\n    x',
    '>+\n    a\n    \n',
  ],
  ...[
    '|1\n x',
    '|9\n    x',
    '|0\n x',
    '|\n\t x',
    '|#c\n    x',
    '|\n    x\n   y',
    '|x\n    y',
    '>\n    a\n\t b',
    '|\n      \n    x',
  ],
];

/** Anchors, aliases, tags and what no value may start with. */
const SIGNS: readonly string[] = [
  ...[
    '&a b',
    '*a',
    '&a',
    '&a [x]',
    '!x y',
    '!!str 1',
    '!!int "1"',
    '!!bool yes',
    '!!float 1',
    '!!binary YQ==',
    '! a',
    '!!map {}',
  ],
  ...[
    '!!seq []',
    '!<tag:yaml.org,2002:str> 1',
    '!!timestamp 2001-01-01',
    '!!null ""',
    '!!int a',
    '!!binary a',
    '!e!x 1',
    '*b',
  ],
  ...[
    'a: b',
    'a #b',
    '# c',
    '- a',
    '-',
    '?',
    ':',
    ': a',
    '%a',
    '@a',
    '`a',
    '|a',
    "'",
    '"',
    '\u0085',
    '\u2028',
    '\u0007',
    '\ufeff',
    'a\n    b',
  ],
];

const KEYS: readonly string[] = [
  ...[
    '"q"',
    "'s'",
    '1',
    '1.5',
    'yes',
    '? x',
    '&k k',
    '!!str s',
    '"a\\nb"',
    'a b',
    'a:b',
    '-a',
    '=',
    '2001-01-01',
    '__proto__',
  ],
  ...[
    '~',
    '<<',
    '[k]',
    '{k: v}',
    '*a',
    '"multi\n    line"',
    'x'.repeat(130),
    'y'.repeat(1030),
    '08',
    'constructor',
    'on',
    'a',
  ],
];

const NOISE: readonly string[] = ['', '  ', '# c', '  # c', '\t', '\t# c', '    \t', ' #', '---', '--- # c'];

/** Edits of one place that make near-misses of good documents. */
const EDITS: readonly ((text: string, at: number) => string)[] = [
  ...[' ', '\t', '\n', ':', '- ', '#', ',', "'", '"', ']', '{', '&', '|'].map(
    sign => (text: string, at: number) => `${text.slice(0, at)}${sign}${text.slice(at)}`,
  ),
  ...[1, 3].map(count => (text: string, at: number) => text.slice(0, at) + text.slice(at + count)),
  ...[
    [/\n +/, '\n'],
    [/\n {2}/, '\n'],
    [/\n/, '\n '],
    [/\n( *)/, '\n\t$1'],
    [/\n/, '\r\n'],
    [/\n/, '\r'],
  ].map(
    ([from = '', to = '']) =>
      (text: string, at: number) =>
        text.slice(0, at) + text.slice(at).replace(from, String(to)),
  ),
];

const BEGINNINGS: readonly string[] = [
  '---\n',
  '--- # c\n',
  '# c\n---\n',
  '%YAML 1.1\n---\n',
  '\n\n',
  '--- {}\n',
  '---\n---\n',
];

class Writer {
  readonly #random: Random;
  /** Whether values are taken that most readers refuse. */
  readonly #isOdd: boolean;

  constructor(random: Random) {
    this.#random = random;
    this.#isOdd = random.chance(0.5);
  }

  mapping(indent: number, depth: number): string {
    const pad = ' '.repeat(indent);
    return this.#lines(key => `${pad}${this.#key(key)}:${this.#value(indent, depth)}`);
  }

  sequence(indent: number, depth: number): string {
    const pad = ' '.repeat(indent);
    return this.#lines(() => {
      const isCompact = this.#random.chance(0.3);
      return `${pad}-${isCompact ? ` ${this.mapping(indent + 2, depth + 1).trimStart()}` : this.#value(indent, depth)}`;
    });
  }

  #lines(line: (index: number) => string): string {
    const { chance, pick, times, int } = this.#random;
    return times(1 + int(3), index => (chance(0.05) ? `${pick(NOISE)}\n${line(index)}` : line(index))).join('\n');
  }

  #key(index: number): string {
    const { chance, pick } = this.#random;
    if (chance(0.1)) return pick(KEYS);
    return chance(0.03) ? 'a' : `${'abc'.charAt(index)}${index}`;
  }

  /** A value behind a key or a dash that stands at `indent`. */
  #value(indent: number, depth: number): string {
    const { chance, pick } = this.#random;
    if (depth > 2 || chance(0.6)) return ` ${this.#scalar(indent)}`;
    const properties = chance(0.1) ? ` ${pick(['&a', '&b', '!x', '!!map', '&a !!seq', '# c'])}` : '';
    return chance(0.6)
      ? `${properties}\n${this.mapping(indent + pick([1, 2, 2, 2, 4]), depth + 1)}`
      : `${properties}\n${this.sequence(indent + pick([0, 0, 1, 2, 2]), depth + 1)}`;
  }

  /** The texts are written for a key at two spaces: they are moved to the indentation that there is, or nearly. */
  #scalar(indent: number): string {
    const { chance, pick } = this.#random;
    const from = pick(this.#isOdd ? [PLAIN, QUOTED, FLOW, BLOCK, SIGNS] : [PLAIN, PLAIN, QUOTED, FLOW, FLOW, BLOCK]);
    const text = pick(this.#isOdd ? from : from.slice(0, Math.ceil(from.length * 0.75)));
    const shift = ' '.repeat(Math.max(0, indent - 2));
    const comment = chance(0.05) ? pick([' # c', '\t# c', '#c', ' ']) : '';
    return `${text.replaceAll('\n', chance(0.9) ? `\n${shift}` : '\n')}${comment}`;
  }
}

function documentOf(random: Random, name: string): string {
  const { chance, pick, int } = random;
  const writer = new Writer(random);
  const head = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n`;
  let text = `${head}${chance(0.85) ? writer.mapping(2, 0) : writer.sequence(pick([0, 2]), 0)}\n`;
  for (let edits = pick([0, 0, 0, 0, 1, 1, 2]); edits > 0; edits -= 1) {
    const at = head.length - 1 + int(text.length - head.length);
    text = pick(EDITS)(text, at);
  }
  if (chance(0.04)) text = pick(BEGINNINGS) + text;
  if (chance(0.04)) text = text.replaceAll('\n', '\r\n');
  if (chance(0.02)) text = `\ufeff${text}`;
  return chance(0.03) ? text.trimEnd() : text;
}

/**
 * `count` files, each with what YAML readers disagree about in the `data` of a ConfigMap, half of them near-misses of good documents; the same for one
 * seed. The names are `d0`, `d1`, …
 */
export function yamlCorpus(seed: number, count: number): readonly string[] {
  const random = createRandom(seed);
  return random.times(count, index => documentOf(random, `d${index}`));
}
