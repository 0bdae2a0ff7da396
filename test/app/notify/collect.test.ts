import { beforeEach, expect, test } from 'vitest';
import { byTime, collect } from '../../../src/app/notify/collect.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';

/** Pods of a webhook, each with lines that nobody has kept yet, handed over two at a time. */
let time: FakeTime;
let pods: Map<string, string[]>;
let silent: Set<string>;
let kept: string[];
let isKeeping: boolean;
let failed: readonly string[];
let troubles: number;
let asked: number;
let ending: AbortController;

const line = (time: string, name: string): string => JSON.stringify({ time, name });
const names = (): readonly string[] => kept.map(text => JSON.parse(text).name);

beforeEach(() => {
  time = createFakeTime();
  pods = new Map([
    ['a', [line('1', 'a1'), line('4', 'a4'), line('5', 'a5')]],
    ['b', [line('2', 'b2'), line('3', 'b3')]],
  ]);
  silent = new Set();
  kept = [];
  isKeeping = true;
  failed = [];
  troubles = 0;
  asked = 0;
  ending = new AbortController();
});

function start(): Promise<void> {
  return collect(
    {
      ...{ time, everyMs: 1000 },
      pods: () => [...pods.keys()].map(pod => ({ pod, address: '127.0.0.1', port: 1 })),
      ask: async ({ pod }, mark) => {
        asked += 1;
        const lines = pods.get(pod) ?? [];
        if (silent.has(pod)) throw new Error('down');
        lines.splice(0, Number(mark));
        return { lines: lines.slice(0, 2), mark: lines.length === 0 ? '' : String(Math.min(2, lines.length)) };
      },
      take: async lines => {
        if (!isKeeping) throw new Error('full');
        kept.push(...lines);
      },
      onCollected: found => {
        failed = [...found.keys()];
      },
      onNothingKept: () => {
        troubles += 1;
      },
    },
    ending.signal,
  );
}

test('Lines of all Pods are gathered at once, in the order of their times, and each Pod knows what is kept', async () => {
  void start();
  await time.settle();
  expect(names()).toEqual(['a1', 'b2', 'b3', 'a4', 'a5']);
  expect([...pods.values()]).toEqual([[], []]);
  pods.get('b')?.push(line('6', 'b6'));
  await time.advance(1000);
  expect(names().slice(5)).toEqual(['b6']);
});

test('Who cannot keep lines asks nobody: they stay where they are', async () => {
  isKeeping = false;
  void start();
  await time.advance(2000);
  expect([asked, troubles > 0, [...pods.values()].flat().length]).toEqual([0, true, 5]);
  isKeeping = true;
  await time.advance(1000);
  expect(kept.length).toBe(5);
});

test('A Pod that does not answer holds up no other, and is asked again', async () => {
  silent.add('a');
  void start();
  await time.settle();
  expect([names(), failed]).toEqual([['b2', 'b3'], ['a']]);
  silent.delete('a');
  await time.advance(1000);
  expect([names().slice(2), failed]).toEqual([['a1', 'a4', 'a5'], []]);
});

test('It ends when it is told to', async () => {
  const ended = start();
  await time.settle();
  ending.abort();
  await ended;
  const before = asked;
  await time.advance(5000);
  expect(asked).toBe(before);
});

test.each<[what: string, records: readonly (readonly string[])[], order: string]>([
  ['Lines of one time come in the order of their records', [[line('1', 'x')], [line('1', 'y')]], 'x y'],
  [
    'A clock that was set back changes no order within a record',
    [[line('5', 'x'), line('1', 'y')], [line('3', 'z')]],
    'z x y',
  ],
  ['No record', [], ''],
])('%s', (_, records, order) => {
  expect(
    byTime(records)
      .map(text => JSON.parse(text).name)
      .join(' '),
  ).toBe(order);
});

test('A line that says no time, or is none, comes where it stands', () => {
  expect(byTime([['nonsense', '[]', line('1', 'x')], [line('0', 'y')]])).toEqual([
    'nonsense',
    '[]',
    line('0', 'y'),
    line('1', 'x'),
  ]);
});
