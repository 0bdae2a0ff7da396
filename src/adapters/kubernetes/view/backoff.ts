import { backoffMs, type Time } from '../../../app/time.ts';

/** The waits that we choose ourselves. */
const WAITS = { firstMs: 250, mostMs: 10_000 } as const;

/** How long to wait after failures. */
export interface Backoff {
  /** Another failure: milliseconds to wait, at least as long as the API server asked for. */
  next(retryAfterMs?: number): number;
  /** Something worked. */
  reset(): void;
}

export function createBackoff(time: Time): Backoff {
  let failures = 0;
  return {
    next: (retryAfterMs = 0) => {
      failures += 1;
      return Math.max(retryAfterMs, backoffMs(WAITS, failures, time));
    },
    reset: () => {
      failures = 0;
    },
  };
}
