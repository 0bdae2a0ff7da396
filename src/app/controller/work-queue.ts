import { type BackoffTimes, backoffMs, type Time } from '../time.ts';

/** Keys that are worked on, each by one worker at a time; a key that is added several times before its turn has one turn. */
export interface WorkQueue {
  /** The key's turn comes as soon as a worker is free; again, where it is being worked on. `false`: the queue is full, or has stopped. */
  add(key: string): boolean;
  /** As {@link add}, after a delay, unless its turn comes sooner anyway. */
  addAfter(key: string, delayMs: number): boolean;
  /** Keys that wait, are worked on or rest, those that wait for another try included. */
  depth(): number;
  /** Keys whose last turn failed, by the time of the first failure since the last success. */
  failing(): ReadonlyMap<string, number>;
  /** Lets nothing begin any more. Resolves when what has begun is done. */
  stop(): Promise<void>;
}

export interface WorkQueueOptions {
  readonly time: Time;
  /**
   * One turn. Resolves to the milliseconds for which the key rests: added meanwhile, its next turn comes only after them; 0: at once. A rejection is a
   * failure: the key gets another turn, later each time. `isAwaited`: whether the key was added again since the turn began.
   */
  readonly work: (key: string, isAwaited: () => boolean) => Promise<number>;
  /** Told of each turn that failed, and why. Must not throw. */
  readonly onError: (key: string, error: unknown) => void;
  /** Keys that are worked on at once. */
  readonly workers: number;
  /** Keys that the queue holds; more are refused. */
  readonly maxKeys: number;
  /** Milliseconds before the second try, and at most; half of it by chance, so that what failed together does not try again together. */
  readonly backoff: BackoffTimes;
}

/** What is known of one key. A key that neither waits nor runs nor has another turn before it is forgotten. */
interface QueuedKey {
  /** Its turn comes: in the line, or once the turn that runs is over. */
  isQueued: boolean;
  /** A turn runs, or the key rests after one. */
  isRunning: boolean;
  /** Since the last success. */
  failures: number;
  failingSinceMs: number | undefined;
  /** It is added at this time, unless something else adds it before. */
  delayed: { readonly atMs: number; readonly cancel: () => void } | undefined;
}

/** A queue, with all that changes in it. */
interface Queue extends WorkQueueOptions {
  readonly entries: Map<string, QueuedKey>;
  /** The line: keys that are queued and not running. */
  readonly waiting: string[];
  readonly running: Set<Promise<void>>;
  /** Ends the rest of each key that rests. */
  readonly resting: Map<string, () => void>;
  isStopped: boolean;
}

/** The entry of a key, a new one where there is none; `undefined` where the queue takes no more. */
function entryFor({ entries, maxKeys, isStopped }: Queue, key: string): QueuedKey | undefined {
  if (isStopped) return undefined;
  const known = entries.get(key);
  if (known !== undefined || entries.size >= maxKeys) return known;
  const entry: QueuedKey = {
    isQueued: false,
    isRunning: false,
    failures: 0,
    failingSinceMs: undefined,
    delayed: undefined,
  };
  entries.set(key, entry);
  return entry;
}

function cancelDelay(entry: QueuedKey): void {
  entry.delayed?.cancel();
  entry.delayed = undefined;
}

function enqueue(queue: Queue, key: string, entry: QueuedKey): void {
  cancelDelay(entry);
  if (!entry.isQueued) {
    entry.isQueued = true;
    // A key that is being worked on waits outside the line until its turn is over.
    if (!entry.isRunning) queue.waiting.push(key);
  }
  startTurns(queue);
}

function enqueueAfter(queue: Queue, key: string, entry: QueuedKey, delayMs: number): void {
  const atMs = queue.time.nowMs() + delayMs;
  if (entry.isQueued || (entry.delayed !== undefined && entry.delayed.atMs <= atMs)) return;
  cancelDelay(entry);
  const cancel = queue.time.after(delayMs, () => {
    entry.delayed = undefined;
    enqueue(queue, key, entry);
  });
  entry.delayed = { atMs, cancel };
}

/** Milliseconds before the next try after so many failures in a row. */
function endTurn(queue: Queue, key: string, entry: QueuedKey, isDone: boolean): void {
  entry.isRunning = false;
  entry.failures = isDone ? 0 : entry.failures + 1;
  entry.failingSinceMs = isDone ? undefined : (entry.failingSinceMs ?? queue.time.nowMs());
  if (queue.isStopped) return;
  if (entry.isQueued) queue.waiting.push(key);
  else if (!isDone) enqueueAfter(queue, key, entry, backoffMs(queue.backoff, entry.failures, queue.time));
  else if (entry.delayed === undefined) queue.entries.delete(key);
}

/** Lets a key rest after a turn, without a worker. */
function rest(queue: Queue, key: string, entry: QueuedKey, restMs: number): void {
  const wake = (): void => {
    queue.resting.delete(key);
    endTurn(queue, key, entry, true);
    startTurns(queue);
  };
  queue.resting.set(key, queue.time.after(restMs, wake));
}

async function runTurn(queue: Queue, key: string, entry: QueuedKey): Promise<void> {
  let isDone = true;
  let restMs = 0;
  entry.isQueued = false;
  entry.isRunning = true;
  try {
    restMs = await queue.work(key, () => entry.isQueued);
  } catch (error) {
    isDone = false;
    queue.onError(key, error);
  }
  if (restMs > 0 && !queue.isStopped) rest(queue, key, entry, restMs);
  else endTurn(queue, key, entry, isDone);
}

/** Lets the first of the line begin, as long as workers are free. */
function startTurns(queue: Queue): void {
  const { entries, waiting, running, workers } = queue;
  while (!queue.isStopped && running.size < workers) {
    const key = waiting.shift();
    const entry = key === undefined ? undefined : entries.get(key);
    if (key === undefined || entry === undefined) return;
    const turn = runTurn(queue, key, entry);
    running.add(turn);
    void turn.then(() => {
      running.delete(turn);
      startTurns(queue);
    });
  }
}

function failingSince(entries: ReadonlyMap<string, QueuedKey>): ReadonlyMap<string, number> {
  const since = new Map<string, number>();
  for (const [key, { failingSinceMs }] of entries) if (failingSinceMs !== undefined) since.set(key, failingSinceMs);
  return since;
}

async function stop(queue: Queue): Promise<void> {
  queue.isStopped = true;
  for (const entry of queue.entries.values()) cancelDelay(entry);
  for (const endRest of queue.resting.values()) endRest();
  queue.waiting.length = 0;
  await Promise.all(queue.running);
}

/** A queue that works on nothing yet. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const queue: Queue = {
    ...options,
    entries: new Map(),
    waiting: [],
    running: new Set(),
    resting: new Map(),
    isStopped: false,
  };
  const withEntry = (key: string, use: (entry: QueuedKey) => void): boolean => {
    const entry = entryFor(queue, key);
    if (entry !== undefined) use(entry);
    return entry !== undefined;
  };
  return {
    add: key => withEntry(key, entry => enqueue(queue, key, entry)),
    addAfter: (key, delayMs) => withEntry(key, entry => enqueueAfter(queue, key, entry, delayMs)),
    depth: () => queue.entries.size,
    failing: () => failingSince(queue.entries),
    stop: () => stop(queue),
  };
}
