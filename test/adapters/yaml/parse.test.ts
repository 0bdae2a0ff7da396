import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/limits.ts';
import { createParser } from '../../../src/adapters/yaml/parse.ts';
import { SCALARS } from './scalar-cases.ts';

const parse = createParser(DEFAULT_LIMITS);

function readValue(text: string): unknown {
  const parsed = parse(text);
  return parsed.kind === 'value' ? parsed.value : parsed.fault;
}

function faultOf(text: string): string {
  const parsed = parse(text);
  return parsed.kind === 'fault' ? `${parsed.fault.code} ${parsed.fault.line}:${parsed.fault.column}` : 'none';
}

function doubtOf(text: string): string {
  const parsed = parse(text);
  const [doubt] = parsed.kind === 'value' ? parsed.doubts : [];
  return doubt === undefined ? 'none' : `${doubt.code} ${doubt.line}:${doubt.column}`;
}

function messageOf(text: string): string {
  const parsed = parse(text);
  return parsed.kind === 'fault' ? parsed.fault.message : 'none';
}

describe('a scalar', () => {
  it.each(SCALARS)('reads %j as kubectl does: %j', (text, value) => {
    expect(readValue(`a: ${text}`)).toEqual({ a: value });
  });

  it.each(['.inf', '+.Inf', '-.INF', '.nan', '[.NaN]', '&a .inf'])('refuses %j, which JSON has not', text => {
    expect(messageOf(`a: ${text}`)).toBe('this document is not valid YAML: .inf and .nan are no values of JSON');
  });

  it.each(['!!int x', '!!int', '!!int 1.5', '!!bool x', '!!null x', '!!float x', '!!binary "@@"'])(
    'refuses %j as kubectl does',
    text => {
      expect(faultOf(`a: ${text}`)).toMatch(/^yaml-syntax 0:/);
    },
  );
});

describe('a key', () => {
  it.each([
    ['1: a', { '1': 'a' }],
    ['0777: a', { '511': 'a' }],
    ['1.5: a', { '1.5': 'a' }],
    ['1e3: a', { '1000': 'a' }],
    ['true: a', { true: 'a' }],
    ['on: a', { true: 'a' }],
    ['y: a', { true: 'a' }],
    ['N: a', { false: 'a' }],
    ['2001-01-01: a', { '2001-01-01': 'a' }],
    ['"on": a', { on: 'a' }],
    ['? a\n: b', { a: 'b' }],
    ['? |\n  k\n: v', { 'k\n': 'v' }],
  ])('is always text: %j', (text, value) => {
    expect(readValue(text)).toEqual(value);
  });

  it.each([
    ['~: a', 'null cannot be a key: write it in quotes'],
    ['null: a', 'null cannot be a key: write it in quotes'],
    ['? [a]\n: b', 'a list or a mapping cannot be a key'],
    ['? {a: 1}\n: b', 'a list or a mapping cannot be a key'],
  ])('cannot be %j', (text, reason) => {
    expect(messageOf(text)).toBe(`this document is not valid YAML: ${reason}`);
  });

  it.each([
    ['a: 1\na: 2', 'duplicate-key 1:0'],
    ['a: {b: 1, b: 2}', 'duplicate-key 0:10'],
    ['1: a\n"1": b', 'duplicate-key 1:0'],
    ['{"a": 1,\n "a": 2}', 'duplicate-key 1:1'],
    ['x: {<<: {a: 1}, a: 2, a: 3}', 'duplicate-key 0:22'],
    ['constructor: 1\ntoString: 2', 'none'],
    ['"__proto__": 1\n__proto__: 2', 'duplicate-key 1:0'],
  ])('that stands twice is a doubt: %j', (text, doubt) => {
    expect(doubtOf(text)).toBe(doubt);
  });

  it('that stands twice has the value of the last, as for kubectl, and is named', () => {
    expect(parse('a: 1\nb: {a: 1, a: 2}\na: [3]')).toMatchObject({
      value: { a: [3], b: { a: 2 } },
      doubts: [
        {
          line: 1,
          column: 10,
          message: 'duplicate key "a": readers differ in which of the two they take; here the last, as kubectl does',
        },
        { line: 2, column: 0 },
      ],
    });
  });

  it('that stands in a document any number of times is told twenty times at most', () => {
    expect(parse(`{${'a,'.repeat(100_000)}}`)).toMatchObject({ value: { a: null }, doubts: { length: 20 } });
  });

  it.each([
    ['.nan: a', { '.nan': 'a' }],
    ['.inf: a', { '+.inf': 'a' }],
  ])('that is no number of JSON is text: %j', (text, value) => {
    expect(readValue(text)).toEqual(value);
  });

  it.each(['__proto__: {a: 1}', '{"__proto__": {"a": 1}}', 'x: &x {__proto__: {a: 1}}\n<<: *x'])(
    'called __proto__ is an own key that changes no prototype: %j',
    text => {
      const value = readValue(text) as object;
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ a: 1 });
      expect('a' in value).toBe(false);
    },
  );
});

describe('a merge key', () => {
  it.each([
    ['x: &x {a: 1, b: 2}\nz: {<<: *x, a: 3}', { a: 3, b: 2 }],
    // go-yaml v2 lets a merge replace what stands before it.
    ['x: &x {a: 1, b: 2}\nz: {a: 3, <<: *x}', { a: 1, b: 2 }],
    ['x: &x {a: 1}\nw: &w {a: 2, c: 3}\nz: {<<: [*x, *w]}', { a: 1, c: 3 }],
    ['z: {<<: {a: 1}}', { a: 1 }],
    ['z: {<<: [{a: 1}, {a: 2}]}', { a: 1 }],
    ['z: {<<: []}', {}],
    ['z: {"<<": {a: 1}}', { '<<': { a: 1 } }],
    ['x: &x {a: 1}\nz:\n  <<: *x\n  <<: {b: 2}', { a: 1, b: 2 }],
    ['x: &x {a: {p: 1}}\nz: {<<: *x, a: {q: 1}}', { a: { q: 1 } }],
    ['x: &x {<<: {k: 1}, a: 1}\nz: {<<: *x}', { a: 1, k: 1 }],
  ])('merges as in kubectl: %j', (text, value) => {
    expect(readValue(text)).toHaveProperty('z', value);
  });

  it.each(['<<: a', '<<: null', '<<: [1]', 'x: &x [1]\n<<: *x'])('takes mappings alone: %j', text => {
    expect(messageOf(text)).toBe(
      'this document is not valid YAML: a merge key (<<) takes a mapping or a list of mappings',
    );
  });

  it('is text where it is no key', () => {
    expect(readValue('a: [<<, "<<"]')).toEqual({ a: ['<<', '<<'] });
  });

  it('is forgotten when the document ends', () => {
    expect(doubtOf('x: {<<: {a: 1}, a: 2}')).toBe('none');
    expect(doubtOf('x: {a: 1, a: 2}')).toBe('duplicate-key 0:10');
    expect(doubtOf('x: {a: 1}')).toBe('none');
  });
});

describe('a tag', () => {
  it.each([
    ['a: !foo {b: 1}', { a: { b: 1 } }],
    ['a: !foo [1]', { a: [1] }],
    ['a: !!set {b, c}', { a: { b: null, c: null } }],
    ['a: !!omap [{b: 1}]', { a: [{ b: 1 }] }],
    ['a: !!pairs [b: 1]', { a: [{ b: 1 }] }],
    ['a: !!map {b: 1}', { a: { b: 1 } }],
  ])('of a collection is passed over: %j', (text, value) => {
    expect(readValue(text)).toEqual(value);
  });
});

describe('a document', () => {
  it.each([
    ['', null],
    ['# only this', null],
    ['---\n', null],
    ['~', null],
    ['--- # c\na: 1', { a: 1 }],
    ['{\n\t"a": 1,\n\t"b": [\n\t\t1\n\t]\n}', { a: 1, b: [1] }],
    ['{"a": "\\ud83d\\ude00\\/"}', { a: '😀/' }],
    ['a: [fe80::/10, "::/0"]', { a: ['fe80::/10', '::/0'] }],
    ['a: [\n"x"\n]', { a: ['x'] }],
    ['a: {\n}\nb: [\n  x\n]', { a: {}, b: ['x'] }],
    ["a:\n  b: 'x\n  y'", { a: { b: 'x y' } }],
    ["a:\n  b: 'x\ny'", { a: { b: 'x y' } }],
    ['a:\n  [\n    x,\n\tz\n  ]', { a: ['x', 'z'] }],
    ['a: {b: 1,\n\tc: 2}', { a: { b: 1, c: 2 } }],
    ['a: [x]# c', { a: ['x'] }],
    ['a: |# c\n  x', { a: 'x\n' }],
    ['- |\n  x\n- z', ['x\n', 'z']],
  ])('reads %j', (text, value) => {
    expect(readValue(text)).toEqual(value);
  });

  it.each([
    ['a: [x', 'yaml-syntax 0:5'],
    ['a: b: c', 'yaml-syntax 0:4'],
    ['a: 1\n b: 2', 'yaml-syntax 1:2'],
    ['a:\n\tb: 1', 'yaml-syntax 1:0'],
    ['a: @x', 'yaml-syntax 0:3'],
    ['a: *x', 'yaml-syntax 0:4'],
    ['a: "\u0001"', 'yaml-syntax 0:4'],
    ['{"a": 1} trailing', 'yaml-syntax 0:9'],
    ['a: [fe80::/10, ::/0]', 'yaml-syntax 0:15'],
    ['a: {b\n: c}', 'yaml-syntax 1:0'],
    ['a:\n  b: [x\n  c: y', 'yaml-syntax 2:3'],
    ['%YAML 1.1\n---\na: 1', 'yaml-syntax 0:0'],
    ['--- {a: 1}', 'yaml-syntax 0:0'],
    ['---a\nb: 1', 'yaml-syntax 0:0'],
    [`${'k'.repeat(1025)}: 1`, 'yaml-syntax 0:1025'],
  ])('that is broken says where: %j', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  it('tells to indent with spaces', () => {
    expect(messageOf('a:\n\tb: 1')).toBe(
      'this document is not valid YAML: tab characters must not be used in indentation; indent with spaces',
    );
  });

  it.each([
    ['a: {{ .Values.x }}', 'unrendered-template 0:3'],
    ['{{- if .Values.x }}\na: 1\n{{- end }}', 'unrendered-template 0:0'],
    ['a: "{{ quoted }}"\nb: 1\nc: {{ .Values.x }}', 'unrendered-template 2:3'],
    ['a:\n  {{- toYaml .Values.x | nindent 2 }}', 'unrendered-template 1:2'],
    ['a: "{{ quoted }}"', 'none'],
  ])('that is a template says so: %j', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });
});

describe('the limits', () => {
  const nested = (lists: number) => `${'['.repeat(lists)}x${']'.repeat(lists)}`;
  const bomb = (levels: number) =>
    ['a0: &a0 [x, x]', ...Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)].join(
      '\n',
    );

  it('takes nesting up to the limit and none deeper, in YAML and in JSON', () => {
    expect(faultOf(nested(198))).toBe('none');
    expect(faultOf(nested(199))).toBe('too-deep 0:199');
    expect(faultOf(nested(200_000))).toBe('too-deep 0:199');
    expect(faultOf(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`)).toMatch(/^too-deep 0:/);
    expect(faultOf(`${'- '.repeat(200_000)}a`)).toMatch(/^too-deep 0:/);
  });

  it('takes aliases that stay small and refuses those that expand', () => {
    expect(faultOf(bomb(10))).toBe('none');
    expect(faultOf(bomb(30))).toBe('alias-bomb 1:9');
    expect(faultOf(bomb(190))).toBe('alias-bomb 1:9');
    expect(messageOf(bomb(30))).toBe('the aliases of this document expand to more than 1000000 values');
  });

  it('refuses more aliases than the limit', () => {
    expect(faultOf(`a: &a 1\nb: [${'*a, '.repeat(10_000)}]`)).toBe('none');
    expect(faultOf(`a: &a 1\nb: [${'*a, '.repeat(10_001)}]`)).toMatch(/^alias-bomb /);
  });

  it('refuses nesting that aliases bring about', () => {
    const chain = Array.from({ length: 250 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`);
    expect(faultOf(['a0: &a0 []', ...chain].join('\n'))).toBe('too-deep 1:9');
  });

  it('refuses an alias inside of what it refers to', () => {
    expect(faultOf('a: &a [*a]')).toBe('alias-bomb 0:7');
    expect(messageOf('a: &a {b: {c: *a}}')).toBe(
      'an alias stands inside what it refers to, so the document has no end',
    );
  });

  it('refuses merges that bring too many keys', () => {
    const wide = `w: &w {${Array.from({ length: 2_000 }, (_, i) => `k${i}: 1`).join(', ')}}`;
    const merges = Array.from({ length: 60 }, (_, i) => `m${i}: {<<: *w}`);
    expect(faultOf([wide, ...merges.slice(0, 5)].join('\n'))).toBe('none');
    expect(faultOf([wide, ...merges].join('\n'))).toMatch(/^alias-bomb /);
  });
});
