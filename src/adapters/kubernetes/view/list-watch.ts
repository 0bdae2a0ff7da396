import type { Refusal } from '../../../app/report/cluster-reading.ts';
import { pause, type Time } from '../../../app/time.ts';
import type { Fields } from '../../../core/kube/reading.ts';
import { messageOf } from '../../../errors.ts';
import type { Client } from '../client/client.ts';
import type { Resource } from '../client/paths.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import type { FoundKind } from './find-kind.ts';
import { listAll } from './list.ts';
import type { ObjectStore } from './object-store.ts';
import { refusalFrom, refusalWithout } from './refusal.ts';
import { type WatchEnd, type WatchLine, watchOnce } from './watch.ts';
import { createWatchGuard, type GuardTimes, type WatchGuard } from './watch-guard.ts';

/** Times of the loop, in milliseconds. */
export interface ListWatchTimes extends GuardTimes {
  /** A watch is asked to end after this at least, and after twice this at most. */
  readonly watchMs: number;
  /** Between looks whether a kind that is not served has been installed. */
  readonly absentMs: number;
  /** From this age on a kind that the API server cannot list, as its own server is down, counts as not known. */
  readonly outageMs: number;
}

/** Counts since the start, each of something that may go wrong. */
interface ListWatchCounts {
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
  /** It cannot be listed, and other kinds can be judged by without it: what it holds counts as not known. */
  readonly isUnlisted: boolean;
  /** `undefined`: not known yet. */
  readonly installed: boolean | undefined;
  /** By which it is read; empty where it is not served, or not known yet. */
  readonly version: string;
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

/**
 * Objects of one page of a list of all. The objects of a page are garbage once they are read: of a larger page V8 takes a part for what stays, and looks
 * for garbage in all that is kept instead, which took half as much processor time again.
 */
const PAGE_SIZE = 100;
/** Watches that failed one after the other without a word of progress, before all is listed again. */
const FRUITLESS_WATCHES = 3;
/** A watch that ends sooner than this, and without a line, has failed. */
const SHORT_WATCH_MS = 1_000;

export interface ListWatchOptions {
  readonly client: Client;
  readonly time: Time;
  readonly store: ObjectStore;
  readonly times: ListWatchTimes;
  /** Lists wait here for each other: the memory that one takes for a moment, all together would take. */
  readonly listLimit: ConcurrencyLimit;
  /** How the kind is served now. May reject. */
  readonly resolve: () => Promise<FoundKind>;
  /** Absent: a kind without which nothing can be judged. */
  readonly unlisted?: WhenUnlisted | undefined;
}

/** What becomes of a kind that other kinds can be judged by without: that nothing is known of it is an answer too. What was known stays. */
interface WhenUnlisted {
  /** As a {@link Refusal} tells the kind, where it is not known how it is served. */
  readonly asked: Pick<Refusal, 'kind' | 'resource'>;
  /** Is told that it cannot be listed, and with `undefined` that it can again, or is not served any more. */
  readonly onChange: (refusal: Refusal | undefined) => void;
  /** Whether the API server is known to answer for other kinds: where it answers for none, this one is no worse than they are. */
  readonly isServerThere: () => boolean;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The loop of one kind, and how it stands. */
interface Loop extends ListWatchOptions {
  readonly backoff: Backoff;
  readonly counts: Writable<ListWatchCounts>;
  installed: boolean | undefined;
  version: string;
  isUnlisted: boolean;
  readonly startMs: number;
  lastContactMs: number | undefined;
  lastError: string;
}

/** A watch that goes on over one connection after the other, from one list to the next. */
interface Following {
  readonly loop: Loop;
  readonly resource: Resource;
  readonly signal: AbortSignal;
  /** The resourceVersion that it has come to. */
  version: string;
  /** Connections since the last sign of progress. */
  fruitless: number;
}

/** Everything was as the store has it at this time. While an object cannot be read, that is not so. */
function noteContact(loop: Loop, atMs: number): void {
  if (loop.store.unreadable.size === 0) loop.lastContactMs = Math.max(atMs, loop.lastContactMs ?? atMs);
}

function noteProgress(loop: Loop, atMs: number): void {
  noteContact(loop, atMs);
  loop.backoff.reset();
  loop.lastError = '';
}

/** Counts a failure and waits, as long as the API server asked for at least; of a kind that may come to count as not known, never long enough to miss that. */
async function pauseAfter(
  loop: Loop,
  signal: AbortSignal,
  reason: string,
  retryAfterMs: number | undefined,
): Promise<void> {
  if (signal.aborted) return;
  loop.counts.failures += 1;
  loop.lastError = reason;
  const ms = loop.backoff.next(retryAfterMs);
  await pause(loop.time, loop.unlisted === undefined ? ms : Math.min(ms, loop.times.tickMs), signal);
}

/** Whether a kind counts as not known: whoever asks may not list it, or its own server has been down for long. */
function countsAsUnknown({ unlisted, isUnlisted, lastContactMs, startMs, time, times }: Loop, status: number): boolean {
  if (unlisted === undefined) return false;
  if (status === 403 || isUnlisted) return true;
  const isOut = time.nowMs() - (lastContactMs ?? startMs) >= times.outageMs;
  return isOut && unlisted.isServerThere();
}

const errorOf = ({ status, message }: Refusal): string => (status === 0 ? message : `list: ${status}`);

/** Nothing is known of the kind. Waits until it is asked for again. */
async function waitForList(loop: Loop, refusal: Refusal, signal: AbortSignal): Promise<void> {
  if (!loop.isUnlisted) loop.unlisted?.onChange(refusal);
  loop.isUnlisted = true;
  noteContact(loop, loop.time.nowMs());
  loop.lastError = errorOf(refusal);
  // Often enough that the view does not grow stale by it.
  await pause(loop.time, loop.times.quietMs, signal);
}

const NOT_TOLD = { kind: '', resource: '' };

/** Waits after an answer without the objects, or none. */
async function pauseAfterRefusal(
  loop: Loop,
  refusal: Refusal,
  retryAfterMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (countsAsUnknown(loop, refusal.status)) return waitForList(loop, refusal, signal);
  return pauseAfter(loop, signal, errorOf(refusal), retryAfterMs);
}

/** The kind can be listed, or is not there. */
function noteListed(loop: Loop): void {
  if (loop.isUnlisted) loop.unlisted?.onChange(undefined);
  loop.isUnlisted = false;
}

/** Lists everything and puts it in the place of what was known. Gives the list's resourceVersion; `undefined`: refused, and the pause is over. */
async function replaceAll(loop: Loop, resource: Resource, signal: AbortSignal): Promise<string | undefined> {
  const { client, time, store, counts, listLimit } = loop;
  const startMs = time.nowMs();
  let replacement = store.replacement();
  const begin = (): ((raw: Fields) => void) => {
    replacement = store.replacement();
    return raw => {
      if (!replacement.add(raw)) counts.malformed += 1;
    };
  };
  counts.lists += 1;
  const result = await listLimit(() => listAll(client, resource, { signal, begin, pageSize: PAGE_SIZE }));
  if (signal.aborted) return undefined;
  if (result.kind === 'refused') {
    const { answer } = result;
    await pauseAfterRefusal(
      loop,
      refusalFrom('list', { resource, namespace: '', tells: undefined }, answer),
      answer.retryAfterMs,
      signal,
    );
    return undefined;
  }
  noteListed(loop);
  replacement.commit();
  noteContact(loop, startMs);
  return result.resourceVersion;
}

function noteFruit(following: Following, atMs: number): void {
  following.fruitless = 0;
  noteProgress(following.loop, atMs);
}

function guardOf(following: Following): WatchGuard {
  const { loop, resource } = following;
  return createWatchGuard({
    client: loop.client,
    time: loop.time,
    times: loop.times,
    resource,
    store: loop.store,
    listLimit: loop.listLimit,
    version: () => following.version,
    onProof: atMs => noteFruit(following, atMs),
    onMisses: misses => {
      loop.counts.misses += misses;
    },
  });
}

function applyLine(following: Following, line: WatchLine): void {
  const { store } = following.loop;
  following.version = line.kind === 'bookmark' ? line.resourceVersion : line.version.resourceVersion;
  if (line.kind === 'put') store.put(line.raw);
  if (line.kind === 'remove') store.remove(line.raw);
}

/** One connection, under guard. Never rejects. */
function watchGuarded(following: Following, guard: WatchGuard): Promise<WatchEnd> {
  const { client, time, times } = following.loop;
  return guard.over(following.signal, guarded =>
    watchOnce({
      client,
      resource: following.resource,
      resourceVersion: following.version,
      timeoutSeconds: Math.ceil((times.watchMs * (1 + time.random())) / 1000),
      bookmarks: true,
      signal: guarded.signal,
      onLine: line => {
        applyLine(following, line);
        guarded.heard(line);
        noteFruit(following, time.nowMs());
      },
    }),
  );
}

/** Counts a watch that failed, and pauses. */
function pauseAfterWatch({ loop, signal }: Following, end: WatchEnd): Promise<void> {
  if (end.kind === 'closed') return pauseAfter(loop, signal, 'watch: closed at once', undefined);
  if (end.kind === 'relist') loop.counts.relists += 1;
  else if (end.count !== undefined) loop.counts[end.count] += 1;
  return pauseAfter(loop, signal, end.reason, end.retryAfterMs);
}

/** Watches from a resourceVersion on, over as many connections as it takes, until all must be listed again. */
async function follow(loop: Loop, resource: Resource, version: string, signal: AbortSignal): Promise<void> {
  const following: Following = { loop, resource, signal, version, fruitless: 0 };
  const guard = guardOf(following);
  while (!signal.aborted && following.fruitless < FRUITLESS_WATCHES) {
    const openMs = loop.time.nowMs();
    following.fruitless += 1;
    loop.counts.watches += 1;
    const end = await watchGuarded(following, guard);
    if (end.kind === 'closed' && loop.time.nowMs() - openMs >= SHORT_WATCH_MS) following.fruitless = 0;
    else if (end.kind !== 'closed' || following.fruitless > 0) await pauseAfterWatch(following, end);
    if (end.kind === 'relist') return;
  }
}

/** Nothing of the kind exists, since it is not served. Waits until the next look. */
async function waitForKind(loop: Loop, signal: AbortSignal): Promise<void> {
  loop.installed = false;
  noteListed(loop);
  loop.store.clear();
  noteProgress(loop, loop.time.nowMs());
  await pause(loop.time, loop.times.absentMs * (1 + loop.time.random() / 10), signal);
}

/** From one list to the next. Rejects where it failed. */
async function runRound(loop: Loop, signal: AbortSignal): Promise<void> {
  const found = await loop.resolve();
  if (signal.aborted) return;
  if (found.kind === 'refused') return pauseAfterRefusal(loop, found.refusal, undefined, signal);
  loop.version = found.kind === 'served' ? found.resource.version : '';
  if (found.kind === 'absent') return waitForKind(loop, signal);
  const { resource } = found;
  if (loop.installed === false) noteContact(loop, loop.time.nowMs());
  loop.installed = true;
  const version = await replaceAll(loop, resource, signal);
  if (version !== undefined) await follow(loop, resource, version, signal);
}

/** A loop that has not begun. */
export function createListWatch(options: ListWatchOptions): ListWatch {
  const loop: Loop = {
    ...options,
    backoff: createBackoff(options.time),
    counts: { lists: 0, watches: 0, failures: 0, relists: 0, malformed: 0, misses: 0, behind: 0 },
    installed: undefined,
    version: '',
    isUnlisted: false,
    startMs: options.time.nowMs(),
    lastContactMs: undefined,
    lastError: '',
  };
  return {
    run: async signal => {
      while (!signal.aborted) {
        try {
          await runRound(loop, signal);
        } catch (error) {
          await pauseAfterRefusal(
            loop,
            refusalWithout(loop.unlisted?.asked ?? NOT_TOLD, messageOf(error)),
            undefined,
            signal,
          );
        }
      }
    },
    status: () => {
      const { installed, version, isUnlisted, lastContactMs, lastError, counts } = loop;
      return { installed, version, isUnlisted, lastContactMs, lastError, counts: { ...counts } };
    },
  };
}
