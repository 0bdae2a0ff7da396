import { pause, type Time } from '../../../app/time.ts';
import type { Fields } from '../../../core/kube/reading.ts';
import { messageOf } from '../../../errors.ts';
import { linkedAbort } from '../../system/time.ts';
import type { Client } from '../client/client.ts';
import type { Resource } from '../client/paths.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import { type ListResult, listAll } from './list.ts';
import { type ObjectStore, type ObjectVersion, objectVersionOf } from './object-store.ts';
import { type WatchEnd, type WatchLine, watchOnce } from './watch.ts';

/** Times of the guard, in milliseconds. */
export interface GuardTimes {
  /** Between two looks at a watch. */
  readonly tickMs: number;
  /** A watch that said nothing for this long is asked for proof that it misses nothing. */
  readonly quietMs: number;
  /** A watch that said nothing for this long is given up. Bookmarks come about once a minute. */
  readonly silenceMs: number;
  /** Between full comparisons with a list. */
  readonly compareMs: number;
  /** How long a watch may take to tell what a list already shows. */
  readonly graceMs: number;
}

/** One connection of a watch under guard. */
interface GuardedWatch {
  /** Aborts when the guard gives the watch up, and with the caller's signal. */
  readonly signal: AbortSignal;
  heard(line: WatchLine): void;
}

/** Looks after a watch that may be open and yet tell nothing, or not everything. */
export interface WatchGuard {
  /** Runs a watch. Never rejects: a broken connection is an end like others. */
  over(signal: AbortSignal, run: (watch: GuardedWatch) => Promise<WatchEnd>): Promise<WatchEnd>;
}

export interface WatchGuardOptions {
  readonly client: Client;
  readonly time: Time;
  readonly times: GuardTimes;
  readonly resource: Resource;
  readonly store: ObjectStore;
  readonly listLimit: ConcurrencyLimit;
  /** The resourceVersion that the watch has come to. */
  readonly version: () => string;
  /** Everything was as the store has it at this time. */
  readonly onProof: (atMs: number) => void;
  /** So many objects were otherwise than the watch had told. */
  readonly onMisses: (count: number) => void;
}

/** Milliseconds that a proof may take; the server is asked for one second of it. */
const PROOF_MS = 10_000;
/** Milliseconds that the watch gets to tell by itself what the proof has already shown. */
const LAG_MS = 1_000;

/** What is kept from one connection to the next. */
interface Guard extends WatchGuardOptions {
  /** When the next full comparison is due. */
  compareAtMs: number;
  /** Keys that the watch told of while a comparison runs; `undefined` while none does. */
  touched: Set<string> | undefined;
}

/** One connection. */
interface Guarded {
  readonly guard: Guard;
  readonly controller: AbortController;
  lastLineMs: number;
  lastCheckMs: number;
  hasSpoken: boolean;
  isChecking: boolean;
  /** Why the guard gave it up; `undefined` while it has not. */
  cut: WatchEnd | undefined;
  cancelTick: () => void;
}

/** What a check comes to: why the watch must end, or `undefined`. */
type Check = (guard: Guard, signal: AbortSignal) => Promise<WatchEnd | undefined>;

const nextComparisonMs = ({ time, times }: Pick<Guard, 'time' | 'times'>): number =>
  time.nowMs() + times.compareMs * (1 + time.random() / 10);

/** A second watch from this resourceVersion, for one second. `end` is `undefined` where it took too long or was called off. */
async function watchForNews(
  { client, time, resource }: Guard,
  resourceVersion: string,
  outer: AbortSignal,
): Promise<{ readonly end: WatchEnd | undefined; readonly hasNews: boolean }> {
  const { controller, release } = linkedAbort(outer);
  const { signal } = controller;
  const cancel = time.after(PROOF_MS, () => controller.abort());
  let hasNews = false;
  const onLine = (): void => {
    hasNews = true;
  };
  try {
    const end = await watchOnce({
      client,
      resource,
      resourceVersion,
      timeoutSeconds: 1,
      bookmarks: false,
      signal,
      onLine,
    });
    return { end: signal.aborted && end.kind !== 'relist' ? undefined : end, hasNews };
  } finally {
    cancel();
    release();
  }
}

/**
 * A second watch from where the first one stands: what happened since would come at once.
 * An open connection proves nothing by itself, and bookmarks come too seldom to know within seconds.
 */
const prove: Check = async (guard, signal) => {
  const { time, version, onProof } = guard;
  const startMs = time.nowMs();
  const startVersion = version();
  const { end, hasNews } = await watchForNews(guard, startVersion, signal);
  if (end?.kind === 'relist') return end;
  if (!hasNews) {
    if (end?.kind === 'closed') onProof(startMs);
    return undefined;
  }
  await pause(time, LAG_MS, signal);
  return version() === startVersion ? { kind: 'again', reason: 'behind', count: 'behind' } : undefined;
};

/** What the API server holds, without the objects themselves. */
async function listVersions(
  { client, resource, listLimit }: Guard,
  signal: AbortSignal,
): Promise<{ readonly result: ListResult; readonly listed: ReadonlyMap<string, ObjectVersion> }> {
  const listed = new Map<string, ObjectVersion>();
  const begin = (): ((raw: Fields) => void) => {
    listed.clear();
    return raw => {
      const version = objectVersionOf(raw);
      if (version) listed.set(version.key, version);
    };
  };
  const result = await listLimit(() => listAll(client, resource, { signal, begin, isMetadataEnough: true }));
  return { result, listed };
}

/** Holds the store to a list. What the watch tells of meanwhile is not missed. */
const compare: Check = async (guard, signal) => {
  const { time, times, store, onProof, onMisses } = guard;
  const startMs = time.nowMs();
  const touched = new Set<string>();
  guard.touched = touched;
  try {
    const { result, listed } = await listVersions(guard, signal);
    if (result.kind === 'refused') return undefined;
    const suspects = (): readonly string[] => store.differing(listed).filter(key => !touched.has(key));
    if (suspects().length > 0) await pause(time, times.graceMs, signal);
    const misses = suspects().length;
    if (signal.aborted) return undefined;
    if (misses === 0) onProof(startMs);
    else onMisses(misses);
    return misses === 0 ? undefined : { kind: 'relist', reason: 'missed' };
  } finally {
    guard.touched = undefined;
    guard.compareAtMs = nextComparisonMs(guard);
  }
};

function giveUp(guarded: Guarded, end: WatchEnd): void {
  guarded.cut ??= end;
  guarded.controller.abort();
}

async function runCheck(guarded: Guarded, check: Check): Promise<void> {
  const { guard, controller } = guarded;
  guarded.isChecking = true;
  // A proof that cannot be had proves nothing: the view ages, and the silence ends the watch.
  const end = await check(guard, controller.signal).catch(() => undefined);
  guarded.isChecking = false;
  guarded.lastCheckMs = guard.time.nowMs();
  if (end !== undefined && !controller.signal.aborted) giveUp(guarded, end);
}

/** The first look asks for proof, unless the watch has spoken: that it could be opened proves nothing. */
const lastSignMs = ({ hasSpoken, lastLineMs, lastCheckMs }: Guarded): number =>
  hasSpoken ? Math.max(lastLineMs, lastCheckMs) : lastCheckMs;

function look(guarded: Guarded): void {
  const { guard, isChecking } = guarded;
  const { times } = guard;
  const nowMs = guard.time.nowMs();
  if (nowMs - guarded.lastLineMs >= times.silenceMs) giveUp(guarded, { kind: 'again', reason: 'silent' });
  else if (!isChecking && nowMs >= guard.compareAtMs) void runCheck(guarded, compare);
  else if (!isChecking && nowMs - lastSignMs(guarded) >= times.quietMs) void runCheck(guarded, prove);
  if (guarded.cut === undefined) lookLater(guarded);
}

function lookLater(guarded: Guarded): void {
  const { time, times } = guarded.guard;
  guarded.cancelTick = time.after(times.tickMs, () => look(guarded));
}

function noteLine(guarded: Guarded, line: WatchLine): void {
  guarded.lastLineMs = guarded.guard.time.nowMs();
  guarded.hasSpoken = true;
  if (line.kind !== 'bookmark') guarded.guard.touched?.add(line.version.key);
}

async function runGuarded(
  guard: Guard,
  outer: AbortSignal,
  run: (watch: GuardedWatch) => Promise<WatchEnd>,
): Promise<WatchEnd> {
  const { controller, release } = linkedAbort(outer);
  const guarded: Guarded = {
    guard,
    controller,
    lastLineMs: guard.time.nowMs(),
    lastCheckMs: Number.NEGATIVE_INFINITY,
    hasSpoken: false,
    isChecking: false,
    cut: undefined,
    cancelTick: () => undefined,
  };
  lookLater(guarded);
  try {
    const end = await run({ signal: controller.signal, heard: line => noteLine(guarded, line) });
    return guarded.cut ?? end;
  } catch (error) {
    return guarded.cut ?? { kind: 'again', reason: messageOf(error) };
  } finally {
    guarded.cancelTick();
    release();
    controller.abort();
  }
}

/** A guard of the watches of one resource, one after the other. */
export function createWatchGuard(options: WatchGuardOptions): WatchGuard {
  const guard: Guard = { ...options, compareAtMs: nextComparisonMs(options), touched: undefined };
  return { over: (signal, run) => runGuarded(guard, signal, run) };
}
