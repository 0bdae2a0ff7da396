import type { RunSteps } from './steps.ts';

/** What the controller and the cluster's clients know of time and chance, so that tests can hold both still. */
export interface Time {
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Runs the action once after the delay. Returns what cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/** Resolves after the delay, or at once when the signal aborts. Never rejects. */
export function pause(time: Time, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = time.after(delayMs, end);
    signal.addEventListener('abort', end);
  });
}

/** Milliseconds of work after which others get to work. */
const SLICE_MS = 20;

/** The items one after the other, with a pause behind each slice of work on them, so that nothing else waits long. Goes on when the signal aborts: who works looks. */
export async function* inSlices<Item>(items: Iterable<Item>, time: Time, signal: AbortSignal): AsyncGenerator<Item> {
  let sliceMs = time.nowMs();
  for (const item of items) {
    yield item;
    if (time.nowMs() - sliceMs < SLICE_MS) continue;
    await pause(time, 0, signal);
    sliceMs = time.nowMs();
  }
}

/** Runs steps as {@link inSlices} goes through items; what is run one after the other is one slice as long as nothing waits between. Rejects once the signal has aborted. */
export function slicesOf(time: Time, signal: AbortSignal): RunSteps {
  let sliceMs = time.nowMs();
  return async steps => {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (time.nowMs() - sliceMs < SLICE_MS) continue;
      await pause(time, 0, signal);
      signal.throwIfAborted();
      sliceMs = time.nowMs();
    }
  };
}

/** Waits after failures, in milliseconds: the first one is doubled with each failure, up to the longest. */
export interface BackoffTimes {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** How long to wait after so many failures (1 or more): half of it is chance, so that many do not come back at once. */
export function backoffMs({ firstMs, mostMs }: BackoffTimes, failures: number, time: Pick<Time, 'random'>): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + time.random() / 2);
}
