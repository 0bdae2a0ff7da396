/** What the cluster's clients know of time and chance, so that tests can hold both still. */
export interface Time {
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Runs the action once after the delay. Returns what cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/** The machine's own. */
export const SYSTEM_TIME: Time = {
  nowMs: () => performance.now(),
  random: Math.random,
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after the delay, or at once when the signal aborts. Never rejects. */
export function sleep(time: Time, delayMs: number, signal: AbortSignal): Promise<void> {
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

/** An abort controller that also aborts with `outer`, until `release` is called. */
export function linkedAbort(outer: AbortSignal | undefined): {
  readonly controller: AbortController;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) abort();
  outer?.addEventListener('abort', abort);
  return { controller, release: () => outer?.removeEventListener('abort', abort) };
}
