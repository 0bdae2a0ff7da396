import type { Time } from '../time.ts';

/** Keys that are worked on, each by one worker at a time; a key that is added several times before its turn has one turn. */
export interface WorkQueue {
  /** The key's turn comes as soon as a worker is free; again, where it is being worked on. `false`: the queue is full, or has stopped. */
  add(key: string): boolean;
  /** As {@link add}, after a delay, unless its turn comes sooner anyway. */
  addAfter(key: string, delayMs: number): boolean;
  /** Keys that wait or are worked on, those that wait for another try included. */
  depth(): number;
  /** Keys whose last turn failed, by the time of the first failure since the last success. */
  failing(): ReadonlyMap<string, number>;
  /** Lets nothing begin any more. Resolves when what has begun is done. */
  stop(): Promise<void>;
}

export interface WorkQueueOptions {
  readonly time: Time;
  /**
   * One turn. A rejection is a failure: the key gets another turn, later each time. `isAwaited`: whether the key was added again since the turn
   * began, so that its next turn comes at once.
   */
  readonly work: (key: string, isAwaited: () => boolean) => Promise<void>;
  /** Keys that are worked on at once. */
  readonly workers: number;
  /** Keys that the queue holds; more are refused. */
  readonly maxKeys: number;
  /** Milliseconds before the second try, and at most; half of it by chance, so that what failed together does not try again together. */
  readonly backoff: { readonly firstMs: number; readonly mostMs: number };
}

interface Entry {
  isQueued: boolean;
  isRunning: boolean;
  failures: number;
  failingSinceMs: number | undefined;
  delayed: { readonly atMs: number; readonly cancel: () => void } | undefined;
}

const newEntry = (): Entry => ({
  isQueued: false,
  isRunning: false,
  failures: 0,
  failingSinceMs: undefined,
  delayed: undefined,
});

/** A queue that works on nothing yet. */
export function createWorkQueue({ time, work, workers, maxKeys, backoff }: WorkQueueOptions): WorkQueue {
  const entries = new Map<string, Entry>();
  const waiting: string[] = [];
  const running = new Set<Promise<void>>();
  let isStopped = false;

  const entryFor = (key: string): Entry | undefined => {
    const known = entries.get(key);
    if (known !== undefined || isStopped || entries.size >= maxKeys) return isStopped ? undefined : known;
    const entry = newEntry();
    entries.set(key, entry);
    return entry;
  };
  const cancelDelay = (entry: Entry): void => {
    entry.delayed?.cancel();
    entry.delayed = undefined;
  };
  const backoffMs = (failures: number): number =>
    Math.min(backoff.mostMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + time.random() / 2);

  const enqueue = (key: string, entry: Entry): void => {
    cancelDelay(entry);
    if (entry.isQueued) return;
    entry.isQueued = true;
    // A key that is being worked on waits outside the line until its turn is over.
    if (!entry.isRunning) waiting.push(key);
  };
  const delay = (key: string, entry: Entry, delayMs: number): void => {
    const atMs = time.nowMs() + delayMs;
    if (entry.isQueued || (entry.delayed !== undefined && entry.delayed.atMs <= atMs)) return;
    cancelDelay(entry);
    const cancel = time.after(delayMs, () => {
      entry.delayed = undefined;
      enqueue(key, entry);
      pump();
    });
    entry.delayed = { atMs, cancel };
  };
  const finish = (key: string, entry: Entry, isDone: boolean): void => {
    entry.isRunning = false;
    entry.failures = isDone ? 0 : entry.failures + 1;
    entry.failingSinceMs = isDone ? undefined : (entry.failingSinceMs ?? time.nowMs());
    if (isStopped) return;
    if (entry.isQueued) waiting.push(key);
    else if (!isDone) delay(key, entry, backoffMs(entry.failures));
    else if (entry.delayed === undefined) entries.delete(key);
  };
  const turn = async (key: string, entry: Entry): Promise<void> => {
    let isDone = true;
    try {
      await work(key, () => entry.isQueued);
    } catch {
      isDone = false;
    }
    finish(key, entry, isDone);
  };
  const pump = (): void => {
    while (!isStopped && running.size < workers) {
      const key = waiting.shift();
      const entry = key === undefined ? undefined : entries.get(key);
      if (key === undefined || entry === undefined) return;
      entry.isQueued = false;
      entry.isRunning = true;
      const done = turn(key, entry);
      running.add(done);
      void done.then(() => {
        running.delete(done);
        pump();
      });
    }
  };

  return {
    add: key => {
      const entry = entryFor(key);
      if (entry === undefined) return false;
      enqueue(key, entry);
      pump();
      return true;
    },
    addAfter: (key, delayMs) => {
      const entry = entryFor(key);
      if (entry === undefined) return false;
      delay(key, entry, delayMs);
      return true;
    },
    depth: () => entries.size,
    failing: () =>
      new Map([...entries].flatMap(([key, { failingSinceMs: since }]) => (since === undefined ? [] : [[key, since]]))),
    stop: async () => {
      isStopped = true;
      for (const entry of entries.values()) cancelDelay(entry);
      waiting.length = 0;
      await Promise.all(running);
    },
  };
}
