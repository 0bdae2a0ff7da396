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

/** Waits after failures, in milliseconds: the first one is doubled with each failure, up to the longest. */
export interface BackoffTimes {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** How long to wait after so many failures (1 or more): half of it is chance, so that many do not come back at once. */
export function backoffMs({ firstMs, mostMs }: BackoffTimes, failures: number, time: Pick<Time, 'random'>): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + time.random() / 2);
}
