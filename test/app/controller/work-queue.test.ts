import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorkQueue, type WorkQueue, type WorkQueueOptions } from '../../../src/app/controller/work-queue.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';

interface Bench {
  readonly time: FakeTime;
  readonly queue: WorkQueue;
  /** Turns that began, in order. */
  readonly begun: string[];
  /** Ends the oldest turn that has not ended; its key rests so many milliseconds. */
  end(isDone?: boolean, restMs?: number): Promise<void>;
}

function bench(options: Partial<WorkQueueOptions> = {}): Bench {
  const time = createFakeTime();
  const begun: string[] = [];
  const open: { resolve: (restMs: number) => void; reject: (error: Error) => void }[] = [];
  const queue = createWorkQueue({
    time: { ...time, random: () => 0.999_999 },
    workers: 1,
    maxKeys: 3,
    backoff: { firstMs: 100, mostMs: 1000 },
    onError: () => undefined,
    work: key => {
      begun.push(key);
      return new Promise((resolve, reject) => open.push({ resolve, reject }));
    },
    ...options,
  });
  const end = async (isDone = true, restMs = 0): Promise<void> => {
    const turn = open.shift();
    if (isDone) turn?.resolve(restMs);
    else turn?.reject(new Error('failed'));
    await time.settle();
  };
  return { time, queue, begun, end };
}

describe('The work queue', () => {
  it('tells a turn whether its key was added again meanwhile', async () => {
    const awaited: (() => boolean)[] = [];
    const { queue } = bench({
      work: (_key, isAwaited) => {
        awaited.push(isAwaited);
        return new Promise(() => undefined);
      },
    });
    queue.add('a');
    queue.add('b');
    expect(awaited.map(isAwaited => isAwaited())).toEqual([false]);
    queue.add('a');
    expect(awaited.map(isAwaited => isAwaited())).toEqual([true]);
  });

  it('lets a key rest that is added again meanwhile, and others not', async () => {
    const { queue, begun, end, time } = bench();
    queue.add('a');
    await end(true, 100);
    for (const key of ['a', 'b', 'a']) queue.add(key);
    await end();
    expect([begun, queue.depth()]).toEqual([['a', 'b'], 1]);
    await time.advance(99);
    expect(begun).toEqual(['a', 'b']);
    await time.advance(1);
    expect(begun).toEqual(['a', 'b', 'a']);
  });

  it('forgets a key that rests and is not added again, and starts none once it has stopped', async () => {
    const { queue, begun, end, time } = bench();
    queue.add('a');
    await end(true, 100);
    await time.advance(100);
    expect(queue.depth()).toBe(0);
    queue.add('a');
    await end(true, 100);
    queue.add('a');
    await queue.stop();
    await time.advance(1_000);
    expect([begun, time.pending()]).toEqual([['a', 'a'], 0]);
  });

  it('tells why a turn failed, and of which key', async () => {
    const told: string[] = [];
    const { queue, end } = bench({ onError: (key, error) => told.push(`${key}: ${String(error)}`) });
    queue.add('a');
    queue.add('b');
    await end();
    await end(false);
    expect(told).toEqual(['b: Error: failed']);
  });

  it('gives keys their turns in the order in which they came, one worker at a time', async () => {
    const { queue, begun, end } = bench();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect(begun).toEqual(['a']);
    await end();
    expect(begun).toEqual(['a', 'b']);
    await end();
    await end();
    expect([begun, queue.depth()]).toEqual([['a', 'b', 'c'], 0]);
  });

  it('works on as many keys at once as it has workers, never twice on one', async () => {
    const { queue, begun, end } = bench({ workers: 2 });
    for (const key of ['a', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(begun).toEqual(['a', 'b']);
    await end();
    expect(begun).toEqual(['a', 'b', 'c']);
    await end();
    expect(begun).toEqual(['a', 'b', 'c', 'a']);
  });

  it('gives one turn to a key that was added several times before it', async () => {
    const { queue, begun, end } = bench();
    for (const key of ['a', 'b', 'b', 'b']) queue.add(key);
    await end();
    await end();
    expect([begun, queue.depth()]).toEqual([['a', 'b'], 0]);
  });

  it('gives another turn to a key that was added while it was worked on', async () => {
    const { queue, begun, end } = bench();
    queue.add('a');
    queue.add('a');
    await end();
    expect(begun).toEqual(['a', 'a']);
    await end();
    expect([begun, queue.depth()]).toEqual([['a', 'a'], 0]);
  });

  it('waits twice as long after each failure, up to the most, and begins anew after a success', async () => {
    const { time, queue, begun, end } = bench();
    queue.add('a');
    const waits: number[] = [];
    for (const isDone of [false, false, false, false, false, false, true]) {
      await end(isDone);
      const before = begun.length;
      const start = time.nowMs();
      while (begun.length === before && time.nowMs() - start < 3000) await time.advance(50);
      waits.push(time.nowMs() - start);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000, 3000]);
    queue.add('a');
    await end(false);
    await time.advance(100);
    expect(begun.length).toBe(9);
  });

  it('takes half of a wait by chance', async () => {
    const { time, queue, begun, end } = bench({ time: { ...createFakeTime(), random: () => 0 } });
    queue.add('a');
    await end(false);
    await time.advance(100);
    expect(begun).toEqual(['a']);
  });

  it('does not let a key wait that is added again, and remembers that it failed', async () => {
    const { queue, begun, end, time } = bench();
    queue.add('a');
    await end(false);
    queue.add('a');
    expect(begun).toEqual(['a', 'a']);
    await end(false);
    await time.advance(150);
    expect(begun.length).toBe(2);
    await time.advance(50);
    expect(begun.length).toBe(3);
  });

  it('says which keys fail, and since when', async () => {
    const { queue, end, time } = bench();
    queue.add('a');
    const since = time.nowMs();
    await end(false);
    await time.advance(100);
    await end(false);
    expect([...queue.failing()]).toEqual([['a', since]]);
    await time.advance(200);
    await end();
    expect([...queue.failing()]).toEqual([]);
  });

  it('refuses keys beyond its size, and takes them again when there is room', async () => {
    const { queue, end } = bench();
    expect(['a', 'b', 'c', 'd', 'a'].map(queue.add)).toEqual([true, true, true, false, true]);
    await end();
    await end();
    expect(queue.add('d')).toBe(true);
  });

  it('gives a delayed key its turn at the earliest time that was asked for', async () => {
    const { queue, begun, time, end } = bench();
    queue.addAfter('a', 500);
    queue.addAfter('a', 200);
    queue.addAfter('a', 900);
    await time.advance(199);
    expect(begun).toEqual([]);
    await time.advance(1);
    expect(begun).toEqual(['a']);
    await end();
    await time.advance(1000);
    expect([begun.length, queue.depth()]).toEqual([1, 0]);
  });

  it('begins nothing after a stop, which waits for what has begun', async () => {
    const { queue, begun, end, time } = bench();
    for (const key of ['a', 'b']) queue.add(key);
    queue.addAfter('c', 10);
    let isStopped = false;
    void queue.stop().then(() => {
      isStopped = true;
    });
    await time.advance(100);
    expect([isStopped, queue.add('d'), queue.addAfter('d', 1)]).toEqual([false, false, false]);
    await end();
    expect([isStopped, begun, time.pending()]).toEqual([true, ['a'], 0]);
  });

  it('loses no key: whatever is added gets a turn that begins after it', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('end' as const), isDone: fc.boolean() }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(300) }),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 3 }), async (steps, workers) => {
        const { queue, begun, end, time } = bench({ workers });
        const owed = new Map<string, number>();
        for (const one of steps) {
          if (one.kind === 'add') {
            owed.set(one.key, begun.length);
            queue.add(one.key);
          } else if (one.kind === 'end') await end(one.isDone);
          else await time.advance(one.ms);
        }
        for (let turn = 0; turn < 60; turn += 1) {
          await end();
          await time.advance(100);
        }
        expect([...owed].filter(([key, from]) => !begun.slice(from).includes(key))).toEqual([]);
        expect([queue.depth(), time.pending()]).toEqual([0, 0]);
      }),
      { numRuns: 25 },
    );
  });
});
