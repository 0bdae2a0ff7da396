import type { Time } from '../../app/time.ts';

/** The machine's own. */
export const SYSTEM_TIME: Time = {
  nowMs: () => performance.now(),
  random: Math.random,
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

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
