import { pause, type Time } from '../../../app/time.ts';
import type { Fields } from '../../../core/kube/reading.ts';
import type { Client } from '../client/client.ts';
import type { Resource } from '../client/paths.ts';
import { createBackoff } from './backoff.ts';
import type { Turns } from './concurrency-limit.ts';
import { listAll } from './list.ts';
import type { ObjectStore } from './object-store.ts';
import { type WatchEnd, type WatchLine, watchOnce } from './watch.ts';
import { createWatchGuard, type GuardTimes } from './watch-guard.ts';

/** Times of the loop, in milliseconds. */
export interface ListWatchTimes extends GuardTimes {
  /** A watch is asked to end after this at least, and after twice this at most. */
  readonly watchMs: number;
  /** Between looks whether a kind that is not served has been installed. */
  readonly absentMs: number;
}

/** Counts since the start, each of something that may go wrong. */
export interface ListWatchCounts {
  readonly lists: number;
  readonly watches: number;
  /** Lists and watches that failed. */
  readonly failures: number;
  /** Times that the API server could not tell what happened since, so that all was listed again. */
  readonly relists: number;
  /** Lines of watches, and items of lists, that made no sense. */
  readonly malformed: number;
  /** Objects that the full comparison found otherwise than the watch had told. */
  readonly misses: number;
  /** Watches that were open but had fallen behind. */
  readonly behind: number;
}

/** How the view of one kind stands. */
export interface ListWatchStatus {
  /** `undefined`: not known yet. */
  readonly installed: boolean | undefined;
  /** When all that is known was last known to be so; `undefined`: never yet. */
  readonly lastContactMs: number | undefined;
  /** Of the last failure; empty while all goes well. */
  readonly lastError: string;
  readonly counts: ListWatchCounts;
}

/** Keeps a store equal to what the API server holds of one kind. */
export interface ListWatch {
  /** Resolves when the signal aborts, at once; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  status(): ListWatchStatus;
}

/** Watches that failed one after the other without a word of progress, before all is listed again. */
const FRUITLESS_WATCHES = 3;
/** A watch that ends sooner than this, and without a line, has failed. */
const SHORT_WATCH_MS = 1_000;

export interface ListWatchOptions {
  readonly client: Client;
  readonly time: Time;
  readonly store: ObjectStore;
  readonly times: ListWatchTimes;
  /** How the kind is served now; `undefined`: not at all. May reject. */
  /** Lists wait here for each other: the memory that one takes for a moment, all together would take. */
  readonly turns: Turns;
  readonly resolve: () => Promise<Resource | undefined>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function createListWatch(options: ListWatchOptions): ListWatch {
  const { client, time, store, times } = options;
  const backoff = createBackoff(time);
  const counts = { lists: 0, watches: 0, failures: 0, relists: 0, malformed: 0, misses: 0, behind: 0 };
  let installed: boolean | undefined;
  let lastContactMs: number | undefined;
  let lastError = '';

  /** Everything was as the store has it at this time. While an object cannot be read, that is not so. */
  const contact = (atMs: number): void => {
    if (store.unreadable.size === 0) lastContactMs = Math.max(atMs, lastContactMs ?? atMs);
  };
  const progress = (atMs: number): void => {
    contact(atMs);
    backoff.reset();
    lastError = '';
  };
  const pauseAfter = async (reason: string, retryAfterMs: number | undefined, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    counts.failures += 1;
    lastError = reason;
    await pause(time, backoff.next(retryAfterMs), signal);
  };

  /** Lists everything and puts it in the place of what was known. `undefined`: refused; the pause is over. */
  const list = async (resource: Resource, signal: AbortSignal): Promise<string | undefined> => {
    const startMs = time.nowMs();
    let replacement = store.replacement();
    const take = (raw: Fields): void => {
      if (!replacement.add(raw)) counts.malformed += 1;
    };
    const begin = (): typeof take => {
      replacement = store.replacement();
      return take;
    };
    counts.lists += 1;
    const result = await options.turns(() => listAll(client, resource, { signal, begin }));
    if (signal.aborted) return undefined;
    if (result.kind === 'refused') {
      await pauseAfter(`list: ${result.answer.status}`, result.answer.retryAfterMs, signal);
      return undefined;
    }
    replacement.commit();
    contact(startMs);
    return result.resourceVersion;
  };

  const apply = (line: WatchLine): void => {
    if (line.kind === 'put') store.put(line.raw);
    if (line.kind === 'remove') store.remove(line.raw);
  };

  /** Watches from a resourceVersion on, over as many connections as it takes, until all must be listed again. */
  const follow = async (resource: Resource, startVersion: string, signal: AbortSignal): Promise<void> => {
    let version = startVersion;
    let fruitless = 0;
    const fruit = (atMs: number): void => {
      fruitless = 0;
      progress(atMs);
    };
    const guard = createWatchGuard({
      client,
      time,
      times,
      resource,
      store,
      turns: options.turns,
      version: () => version,
      onProof: fruit,
      onMisses: misses => {
        counts.misses += misses;
      },
    });
    const watch = (): Promise<WatchEnd> =>
      guard.over(signal, guarded =>
        watchOnce({
          client,
          resource,
          resourceVersion: version,
          timeoutSeconds: Math.ceil((times.watchMs * (1 + time.random())) / 1000),
          bookmarks: true,
          signal: guarded.signal,
          onLine: line => {
            version = line.kind === 'bookmark' ? line.resourceVersion : line.identity.resourceVersion;
            apply(line);
            guarded.heard(line);
            fruit(time.nowMs());
          },
        }),
      );
    while (!signal.aborted && fruitless < FRUITLESS_WATCHES) {
      const openMs = time.nowMs();
      fruitless += 1;
      counts.watches += 1;
      const end = await watch();
      if (end.kind === 'closed' && time.nowMs() - openMs >= SHORT_WATCH_MS) fruitless = 0;
      else if (end.kind !== 'closed' || fruitless > 0) await settle(end, signal);
      if (end.kind === 'relist') return;
    }
  };

  /** Counts a watch that failed, and pauses. */
  const settle = async (end: WatchEnd, signal: AbortSignal): Promise<void> => {
    if (end.kind === 'closed') return pauseAfter('watch: closed at once', undefined, signal);
    if (end.kind === 'relist') counts.relists += 1;
    else if (end.count !== undefined) counts[end.count] += 1;
    await pauseAfter(end.reason, end.retryAfterMs, signal);
  };

  const absent = async (signal: AbortSignal): Promise<void> => {
    installed = false;
    store.clear();
    progress(time.nowMs());
    await pause(time, times.absentMs * (1 + time.random() / 10), signal);
  };

  const round = async (signal: AbortSignal): Promise<void> => {
    const resource = await options.resolve();
    if (signal.aborted) return;
    if (resource === undefined) return absent(signal);
    if (installed === false) contact(time.nowMs());
    installed = true;
    const version = await list(resource, signal);
    if (version !== undefined) await follow(resource, version, signal);
  };

  return {
    run: async signal => {
      while (!signal.aborted) {
        try {
          await round(signal);
        } catch (error) {
          await pauseAfter(messageOf(error), undefined, signal);
        }
      }
    },
    status: () => ({ installed, lastContactMs, lastError, counts: { ...counts } }),
  };
}
