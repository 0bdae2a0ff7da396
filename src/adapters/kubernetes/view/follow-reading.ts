/** Milliseconds between two readings. */
const POLL_MS = 60_000;

/** Something that is read of a cluster again and again. */
export interface FollowedReading<Told> {
  /** What was read last: the same object as long as the cluster tells the same. */
  current(): Told;
  /** Calls the listener when something else was read. */
  onChange(listener: () => void): void;
  /** Ends it, and the reading that is under way. */
  stop(): void;
}

/** Reads now and every minute. Where a reading fails, the last one stays, and `onError` is told. `before`: what holds until the first one. */
export function followReading<Told>(
  read: (signal: AbortSignal) => Promise<Told>,
  before: Told,
  onError: (error: unknown) => void,
): FollowedReading<Told> {
  const ending = new AbortController();
  const listeners: (() => void)[] = [];
  let current = before;
  const readOnce = (): void => {
    read(ending.signal).then(
      told => {
        // The same object as long as it tells the same: it is compared at every admission.
        if (JSON.stringify(told) === JSON.stringify(current)) return;
        current = told;
        for (const listener of listeners) listener();
      },
      (error: unknown) => {
        if (!ending.signal.aborted) onError(error);
      },
    );
  };
  readOnce();
  const timer = setInterval(readOnce, POLL_MS);
  timer.unref();
  return {
    current: () => current,
    onChange: listener => void listeners.push(listener),
    stop: () => {
      clearInterval(timer);
      ending.abort();
    },
  };
}
