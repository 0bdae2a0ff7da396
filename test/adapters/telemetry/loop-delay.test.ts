import { expect, test } from 'vitest';
import { watchLoopDelay } from '../../../src/adapters/telemetry/loop-delay.ts';

/** A histogram of which each window has the next of these percentiles, in milliseconds, and the timer that ends its windows. */
function windows(percentiles: readonly number[]) {
  const left = [...percentiles];
  const calls: string[] = [];
  let endWindow: (() => void) | undefined;
  const histogram = {
    enable: () => calls.push('enable') > 0,
    disable: () => calls.push('disable') > 0,
    reset: () => void left.shift(),
    percentile: () => (left[0] ?? 0) * 1e6,
  };
  const every = (work: () => void) => {
    endWindow = work;
    return { unref: () => undefined, [Symbol.dispose]: () => void calls.push('cleared') };
  };
  return { delay: watchLoopDelay(histogram, every), endWindow: () => endWindow?.(), calls };
}

test('the delay is that of the last whole window, without the time between two samples', () => {
  const { delay, endWindow } = windows([1050, 50.2, 49]);
  const seen = [delay.p99Seconds()];
  for (let turn = 0; turn < 3; turn += 1) {
    endWindow();
    seen.push(Number(delay.p99Seconds().toFixed(4)));
  }
  expect(seen).toEqual([0, 1, 0.0002, 0]);
});

test('it ends with its timer and its histogram', () => {
  const { delay, calls } = windows([]);
  delay.stop();
  expect(calls).toEqual(['enable', 'cleared', 'disable']);
});
