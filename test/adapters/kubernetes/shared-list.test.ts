import { beforeEach, expect, test } from 'vitest';
import { createSharedList } from '../../../src/adapters/kubernetes/view/shared-list.ts';
import { pause } from '../../../src/app/time.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';

let time: FakeTime;
let startMs: number;
/** When each list began, by namespace. */
let begun: string[];
const ending = new AbortController();
const nowMs = (): number => time.nowMs() - startMs;

beforeEach(() => {
  time = createFakeTime();
  startMs = time.nowMs();
  begun = [];
});

/** Lists that take so long each, in milliseconds, and answer with when they began. */
const listsOf = (...tookMs: readonly number[]) => {
  const left = [...tookMs];
  return createSharedList(
    async namespace => {
      const atMs = nowMs();
      begun.push(`${namespace} ${atMs}`);
      await pause(time, left.shift() ?? 0, ending.signal);
      return atMs;
    },
    time,
    ending.signal,
  );
};

test('the first list begins at once, the next after a rest as long as the list took', async () => {
  const list = listsOf(4, 4);
  const calls = [list('shop'), list('shop')];
  await time.advance(100);
  expect(await Promise.all(calls)).toEqual([0, 8]);
});

test('a rest is 25 ms at most, and lists of another namespace do not wait', async () => {
  const list = listsOf(200, 300, 200);
  const calls = [list('shop'), list('other'), list('shop')];
  await time.advance(1_000);
  expect(await Promise.all(calls)).toEqual([0, 0, 225]);
  expect(begun).toEqual(['shop 0', 'other 0', 'shop 225']);
});

test('a call after the rest begins at once; nothing is kept', async () => {
  const list = listsOf(4, 4);
  const first = list('shop');
  await time.advance(8);
  const second = list('shop');
  await time.advance(100);
  expect(await Promise.all([first, second])).toEqual([0, 8]);
  expect(time.pending()).toBe(0);
});

test('no list is older than the call that it answers, and all that wait share one', async () => {
  const list = listsOf(10, 10);
  const early = list('shop');
  await time.advance(5);
  const late = [list('shop'), list('shop')];
  await time.advance(12);
  const later = list('shop');
  await time.advance(100);
  expect(await Promise.all([early, ...late, later])).toEqual([0, 20, 20, 20]);
  expect(begun).toEqual(['shop 0', 'shop 20']);
});

test('a list that fails is told to those who share it, and the next one begins all the same', async () => {
  let count = 0;
  const list = createSharedList(
    async () => {
      count += 1;
      if (count === 1) throw new Error('down');
      return count;
    },
    time,
    ending.signal,
  );
  const calls = [list('shop'), list('shop')];
  const settled = Promise.allSettled(calls);
  await time.advance(100);
  expect((await settled).map(one => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
    'Error: down',
    2,
  ]);
});
