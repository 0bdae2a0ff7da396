import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HealthCheck } from '../../app/health.ts';

/** Milliseconds between two samples: the 200 of a window leave out one stall, such as one collection of garbage, and count the second. */
const RESOLUTION_MS = 50;
/** Milliseconds of a window: over soon enough that a gate which has recovered is asked again. */
const WINDOW_MS = 10_000;

/**
 * The event loop is too busy to be asked beyond this, in seconds. A review takes a few milliseconds and its caller waits for ten seconds at
 * most: who stands still for a second again and again has more than it can answer in time, and another replica should be asked.
 */
const MOST_DELAY_SECONDS = 1;

/** How long the event loop lets what is due wait. */
export interface LoopDelay {
  /** 99th percentile of the last whole window, in seconds; 0 before the first is over. */
  p99Seconds(): number;
  /** Whether it is idle enough to be asked. */
  health(): HealthCheck;
  stop(): void;
}

/** What is used of Node's histogram, in nanoseconds; it counts the resolution as part of each delay. */
export type DelayHistogram = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  'enable' | 'disable' | 'reset' | 'percentile'
>;

/** Begins to watch the event loop of this process. */
export function watchLoopDelay(
  histogram: DelayHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS }),
  every: (work: () => void, ms: number) => { unref(): unknown } & Disposable = setInterval,
): LoopDelay {
  let p99Ms = 0;
  histogram.enable();
  const timer = every(() => {
    p99Ms = Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS);
    histogram.reset();
  }, WINDOW_MS);
  timer.unref();
  return {
    p99Seconds: () => p99Ms / 1000,
    health: () => ({ ok: p99Ms / 1000 <= MOST_DELAY_SECONDS, detail: { delayMs: Math.round(p99Ms) } }),
    stop: () => {
      timer[Symbol.dispose]();
      histogram.disable();
    },
  };
}
