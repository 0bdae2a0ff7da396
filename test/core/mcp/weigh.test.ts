import { describe, expect, test } from 'vitest';
import type { Signal } from '../../../src/core/gate/types.ts';
import { hasWord, holdsMcp, normal, textTest } from '../../../src/core/mcp/text.ts';
import type { Sketch } from '../../support/workload.ts';
import { ids, judged } from './case.ts';

/** `strength field value`: a signal that this word gives, named so. */
const signal = (text: string): Signal => {
  const [strength = '', field = '', value = ''] = text.split(' ');
  return {
    id: text,
    strength: strength.replace('listening-', '') as Signal['strength'],
    field: field as Signal['field'],
    key: field === 'label' || field === 'annotation' ? 'k' : '',
    match: 'word',
    values: value === '' ? [] : [value],
    says: text,
    ...(strength.startsWith('listening-') && { listens: true }),
  };
};

/** How a workload is judged by these signals alone. */
const by = (signals: readonly string[], against: readonly string[], sketch: Sketch) =>
  judged(sketch, [], { signals: signals.map(signal), notServers: against.map(signal) });

describe('A workload is', () => {
  const SKETCH: Sketch = {
    called: 'one',
    image: 'acme/two',
    env: ['THREE'],
    labels: { k: 'four' },
    ports: ['five:80'],
  };
  // biome-ignore format: one line a case
  test.each<[standing: string, what: string, signals: readonly string[]]>([
    ['no', 'nothing speaks for it', []],
    ['no', 'one weak sign speaks for it', ['weak called one']],
    ['no', 'two weak signs of one field do', ['weak called one', 'weak called two']],
    ['suspected', 'two weak signs of two fields do', ['weak called one', 'weak env three']],
    ['suspected', 'a weak sign and a hint of two fields do', ['weak called one', 'hint env three']],
    ['no', 'a weak sign and a hint of one field do', ['weak called one', 'hint called two']],
    ['no', 'hints alone do', ['hint called one', 'hint env three']],
    ['detected', 'one strong sign does', ['strong image-name two']],
    ['detected', 'a strong sign of a label does', ['strong label four']],
    ['no', 'a sign of another value does', ['strong label five']],
  ])('%s, where %s', (standing, _, signals) => {
    expect(by(signals, [], SKETCH).standing).toBe(standing);
  });
});

describe('A sign against sets aside', () => {
  const SKETCH: Sketch = {
    called: 'other',
    image: 'acme/two',
    env: ['THREE'],
    labels: { k: 'four' },
    annotations: { k: 'five' },
    ports: ['port:80'],
  };
  const HINT = 'hint called other';
  const WEAK = 'weak called other';
  const STRONG = 'strong called other';

  // biome-ignore format: one line a case
  test.each<[what: string, signals: readonly string[], hint: string, weak: string, strong: string]>([
    ['weak signs', ['weak env three', 'weak port-name port'], 'no', 'no', 'no'],
    ['names of images', ['strong image-name two'], 'detected', 'no', 'no'],
    ['labels', ['strong label four'], 'detected', 'detected', 'no'],
    ['annotations', ['strong annotation five'], 'detected', 'detected', 'no'],
    ['what else is strong', ['strong env three'], 'detected', 'detected', 'no'],
    ['signs of listening', ['listening-weak env three', 'listening-weak port-name port'], 'suspected', 'suspected', 'no'],
  ])('%s, by its strength', (_, signals, ...standings) => {
    expect([HINT, WEAK, STRONG].map(against => by(signals, [against], SKETCH).standing)).toEqual(standings);
  });

  // biome-ignore format: one line a case
  test.each<[what: string, against: string, sketch: Sketch, standing: string]>([
    ['of its own container alone', 'strong image-name bad', { containers: [{ name: 'a', image: 'bad' }, { name: 'b', image: 'good', env: ['THREE'] }] }, 'detected'],
    ['of its own container', 'strong image-name bad', { containers: [{ name: 'a', image: 'bad', env: ['THREE'] }, { name: 'b', image: 'good' }] }, 'no'],
    ['of every container, by the workload', 'strong called off', { called: 'off', containers: [{ name: 'a', image: 'x', env: ['THREE'] }, { name: 'b', image: 'y' }] }, 'no'],
    ['no sign of another container', 'strong image-name bad', { containers: [{ name: 'a', image: 'good', env: ['THREE'] }, { name: 'b', image: 'bad' }] }, 'detected'],
  ])('%s', (_, against, sketch, standing) => {
    expect(by(['strong env three'], [against], sketch).standing).toBe(standing);
  });

  // biome-ignore format: one line a case
  test.each<[what: string, images: readonly string[], standing: string]>([
    ['where every container bears one', ['bad', 'bad/bad'], 'no'],
    ['not where one does not', ['bad', 'good'], 'detected'],
  ])('of the workload, %s', (_, images, standing) => {
    const containers = images.map((image, index) => ({ name: String(index), image }));
    expect(by(['strong label four'], ['strong image-name bad'], { labels: { k: 'four' }, containers }).standing).toBe(standing);
  });

  test('nothing that is told of what a container runs, but what that program itself says', () => {
    const run = (...command: readonly string[]): string =>
      by(['strong command good'], ['strong image-name bad', 'weak command client'], { image: 'bad', command }).standing;
    expect([run('good'), run('sh', '-c', 'client; good'), run('good', 'client')]).toEqual([
      'detected',
      'detected',
      'detected',
    ]);
  });

  test('and is told with what it sets aside, once for each sign, but for hints', () => {
    const { setAside, evidence } = by(['weak env three', 'hint port-name port', 'weak env three'], [WEAK], {
      ...SKETCH,
      env: ['THREE', 'THREE_B'],
    });
    expect(setAside.map(({ signal: id, path, by: sign }) => [id, path, sign.signal, sign.strength])).toEqual([
      ['weak env three', 'spec.template.spec.containers[0].env[0].name', WEAK, 'against'],
    ]);
    expect(evidence.map(one => one.signal)).toEqual([WEAK]);
  });
});

test('Evidence is sorted by strength and then by its sign, each sign once', () => {
  const sketch: Sketch = { called: 'one', image: 'acme/two', env: ['THREE', 'THREE_B'], labels: { k: 'four' } };
  expect(
    ids(
      by(
        ['weak env three', 'strong label four', 'weak called one', 'hint image-name two', 'strong called one'],
        [],
        sketch,
      ),
    ),
  ).toBe('strong called one strong label four weak called one weak env three hint image-name two');
});

test('A text that strangers wrote is quoted in 80 characters, without control characters', () => {
  const said = (name: string): string => by(['strong env mcp'], [], { env: [name] }).evidence[0]?.says ?? '';
  expect(said(`mcp ${'x'.repeat(76)}`)).toBe(`strong env mcp: mcp ${'x'.repeat(76)}`);
  expect(said(`mcp ${'x'.repeat(77)}`)).toBe(`strong env mcp: mcp ${'x'.repeat(76)}…`);
  expect(said('mcp a\u0007b\u007fc')).toBe('strong env mcp: mcp a b c');
});

describe('A text', () => {
  test.each([
    ['Kubernetes_MCP_server', 'kubernetes-mcp-server'],
    ['a-b', 'a-b'],
  ])('%s is compared as %s', (text, compared) => {
    expect(normal(text)).toBe(compared);
  });

  test.each([
    ['mcp', true],
    ['xMcPx', true],
    ['m-c-p', false],
  ])('%s holds mcp: %s', (text, holds) => {
    expect(holdsMcp(text)).toBe(holds);
  });

  // biome-ignore format: one line a case
  test.each([
    ['mcp', true], ['mcp-weather', true], ['weather-mcp', true], ['a.mcp.b', true], ['a/mcp', true], ['@mcp:1', true], ['an mcp one', true],
    ['mcpherson', false], ['tmcp', false], ['tmcp-mcpx', false], ['tmcp-mcp', true], ['mcpmcp', false], ['', false],
  ])('%s has the word mcp: %s', (text, has) => {
    expect(hasWord(text, 'mcp')).toBe(has);
  });

  // biome-ignore format: one line a case
  test.each<[match: Signal['match'], values: readonly string[], passing: string, failing: string | undefined]>([
    ['equals', ['A_b'], 'a-b', 'a-b-c'],
    ['equals', [], 'anything', undefined],
    ['prefix', ['a', 'b'], 'bc', 'cb'],
    ['suffix', ['a', 'b'], 'cb', 'bc'],
    ['word', ['a', 'b'], 'c-b', 'cb'],
  ])('passes %s of %j', (match, values, passing, failing) => {
    const passes = textTest(match, values);
    expect([passes(passing), failing === undefined ? false : passes(failing)]).toEqual([true, false]);
  });
});
