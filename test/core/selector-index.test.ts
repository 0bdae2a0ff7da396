import { describe, expect, test } from 'vitest';
import { createEventQueue, type EventAction } from '../../src/app/controller/event-queue.ts';
import type { Requirement } from '../../src/core/kube/types.ts';
import { createSelectorIndex, labelKeys, pivotOf } from '../../src/core/selector-index.ts';

const requirement = (text: string): Requirement => {
  const [key = '', operator = '', values = ''] = text.split(' ');
  return {
    key,
    operator: operator as Requirement['operator'],
    values: new Set(values === '' ? [] : values.split(',')),
  };
};
const selector = (...texts: readonly string[]): readonly Requirement[] => texts.map(requirement);
const label = (text: string): string => labelKeys(new Map([text.split('=') as [string, string]]))[0] ?? '';

const COUNTS = new Map(
  [
    ['app=a', 5],
    ['app=b', 1],
    ['tier=x', 3],
    ['tier=y', 3],
  ].map(([text, count]) => [label(String(text)), Number(count)]),
);
const count = (one: string): number => COUNTS.get(one) ?? 0;

describe('Of what a selector asks for, that is looked up which the fewest pods have', () => {
  // biome-ignore format: one line a case
  test.each<[texts: readonly string[], pivot: readonly string[] | undefined]>([
    [[], undefined],
    [['app Exists'], undefined],
    [['app NotIn a'], undefined],
    [['app DoesNotExist'], undefined],
    [['app In a'], ['app=a']],
    [['app In a', 'tier In x'], ['tier=x']],
    [['tier In x', 'app In a'], ['tier=x']],
    [['tier In x', 'app In b'], ['app=b']],
    [['app In a,b', 'tier In x'], ['tier=x']],
    [['tier In x', 'tier In y'], ['tier=x']],
    [['app In a', 'none In z'], ['none=z']],
    [['app In a', 'tier Exists'], ['app=a']],
    [['pod-template-hash In z', 'app In a'], ['app=a']],
    [['pod-template-hash In z'], undefined],
    [['topology.kubernetes.io/zone In z'], undefined],
  ])('%j: %j', (texts, pivot) => {
    expect(pivotOf(selector(...texts), count)?.labels).toEqual(pivot?.map(label));
  });
});

describe('An index of selectors', () => {
  const filled = () => {
    const index = createSelectorIndex<string>(count);
    index.put('b', 'B', selector('app In b'));
    index.put('a', 'A', selector('app In a'));
    index.put('all', 'ALL', []);
    index.put('two', 'TWO', selector('app In a,b'));
    return index;
  };
  const pod = (text: string) => {
    const [known, open = ''] = text.split(' or any ');
    return { known: new Map([String(known).split('=') as [string, string]]), open: new Set(open.split(',')) };
  };
  const found = (index: ReturnType<typeof filled>, ...pods: readonly string[]): readonly string[] =>
    [...index.candidates(pods.map(pod))].map(([name, item]) => `${name} ${item}`);

  test('finds what may select pods with a label, in the order in which it was put in', () => {
    expect(found(filled(), 'app=a')).toEqual(['a A', 'all ALL', 'two TWO']);
    expect(found(filled(), 'app=b', 'app=a')).toEqual(['b B', 'a A', 'all ALL', 'two TWO']);
    expect(found(filled(), 'app=c')).toEqual(['all ALL']);
    expect(found(filled(), 'app=c or any tier')).toEqual(['all ALL']);
    expect(found(filled())).toEqual(['all ALL']);
  });

  test('finds whatever asks for a label that may still get any value', () => {
    expect(found(filled(), 'tier=x or any app')).toEqual(['b B', 'a A', 'all ALL', 'two TWO']);
  });

  test('has the last item of a name, in its first place', () => {
    const index = filled();
    index.put('b', 'B2', selector('app In a'));
    expect(found(index, 'app=a')).toEqual(['b B2', 'a A', 'all ALL', 'two TWO']);
    expect([index.has('b'), index.has('c')]).toEqual([true, false]);
  });
});

test('Of Events a thousand wait; more are dropped, and all where it stops', async () => {
  const written: string[] = [];
  const open: (() => void)[] = [];
  const queue = createEventQueue(({ note }) => {
    written.push(note);
    return new Promise(resolve => open.push(resolve));
  });
  const event = (note: number): EventAction => ({
    kind: 'event',
    about: { kind: 'Pod', namespace: 'n', name: 'a', uid: 'u' },
    reason: 'TrafficOpen',
    note: String(note),
  });
  for (let note = 0; note < 1_003; note += 1) queue.add(event(note));
  for (let turn = 0; turn < 1_005; turn += 1) {
    open.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect([written.length, written[0], written.at(-1)]).toEqual([1_001, '0', '1000']);
  queue.add(event(2_000));
  queue.add(event(2_001));
  const stopped = queue.stop();
  for (const end of open) end();
  await stopped;
  expect(written.at(-1)).toBe('2000');
});
