import type { Time } from '../../../app/time.ts';

/** Milliseconds before the first new attempt, doubled with each failure. */
const FIRST_MS = 250;
/** The longest wait that we choose ourselves. */
const LONGEST_MS = 10_000;

/** How long to wait after failures. */
export interface Backoff {
  /** Another failure: milliseconds to wait, at least as long as the API server asked for. */
  next(retryAfterMs?: number): number;
  /** Something worked. */
  reset(): void;
}

/** Doubling waits, each between half and the whole of its length, so that many clients do not come back at once. */
export function createBackoff(time: Time): Backoff {
  let failures = 0;
  return {
    next: (retryAfterMs = 0) => {
      const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
      failures += 1;
      return Math.max(retryAfterMs, longest * (0.5 + time.random() / 2));
    },
    reset: () => {
      failures = 0;
    },
  };
}
