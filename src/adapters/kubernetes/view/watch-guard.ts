import { pause, type Time } from '../../../app/time.ts';
import type { Fields } from '../../../core/kube/reading.ts';
import { linkedAbort } from '../../system/time.ts';
import type { Client } from '../client/client.ts';
import type { Resource } from '../client/paths.ts';
import type { Turns } from './concurrency-limit.ts';
import { listAll } from './list.ts';
import { type Identity, identityOf, type ObjectStore } from './object-store.ts';
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
export interface GuardedWatch {
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
  readonly turns: Turns;
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

export function createWatchGuard(options: WatchGuardOptions): WatchGuard {
  const { client, time, times, resource, store, turns, version, onProof, onMisses } = options;
  let compareAtMs = time.nowMs() + times.compareMs * (1 + time.random() / 10);
  /** Keys that the watch told of while a comparison runs. */
  let touched: Set<string> | undefined;

  /**
   * A second watch from where the first one stands, for one second: what happened since would come at once.
   * An open connection proves nothing by itself, and bookmarks come too seldom to know within seconds.
   */
  const prove = async (signal: AbortSignal): Promise<WatchEnd | undefined> => {
    const startMs = time.nowMs();
    const startVersion = version();
    const { controller, release } = linkedAbort(signal);
    const cancel = time.after(PROOF_MS, () => controller.abort());
    let hasNews = false;
    try {
      const end = await watchOnce({
        client,
        resource,
        resourceVersion: startVersion,
        timeoutSeconds: 1,
        bookmarks: false,
        signal: controller.signal,
        onLine: () => {
          hasNews = true;
        },
      });
      if (end.kind === 'relist') return end;
      if (end.kind === 'closed' && !hasNews && !controller.signal.aborted) onProof(startMs);
    } finally {
      cancel();
      release();
    }
    if (!hasNews) return undefined;
    await pause(time, LAG_MS, signal);
    return version() === startVersion ? { kind: 'again', reason: 'behind', count: 'behind' } : undefined;
  };

  const compare = async (signal: AbortSignal): Promise<WatchEnd | undefined> => {
    const startMs = time.nowMs();
    const listed = new Map<string, Identity>();
    const known = new Set<string>();
    touched = known;
    try {
      const begin = (): ((raw: Fields) => void) => {
        listed.clear();
        return raw => {
          const identity = identityOf(raw);
          if (identity) listed.set(identity.key, identity);
        };
      };
      const result = await turns(() => listAll(client, resource, { signal, begin }));
      if (result.kind === 'refused') return undefined;
      const suspects = (): readonly string[] => store.differing(listed).filter(key => !known.has(key));
      if (suspects().length > 0) await pause(time, times.graceMs, signal);
      const misses = suspects().length;
      if (signal.aborted) return undefined;
      if (misses === 0) onProof(startMs);
      else onMisses(misses);
      return misses === 0 ? undefined : { kind: 'relist', reason: 'missed' };
    } finally {
      touched = undefined;
      compareAtMs = time.nowMs() + times.compareMs * (1 + time.random() / 10);
    }
  };

  return {
    over: async (outer, run) => {
      const { controller, release } = linkedAbort(outer);
      const { signal } = controller;
      let lastLineMs = time.nowMs();
      // The first look asks for proof, unless the watch has spoken: that it could be opened proves nothing.
      let lastCheckMs = Number.NEGATIVE_INFINITY;
      let hasSpoken = false;
      let isChecking = false;
      let cut: WatchEnd | undefined;
      let cancel = (): void => undefined;
      const stop = (end: WatchEnd): void => {
        cut ??= end;
        controller.abort();
      };
      const check = async (work: (signal: AbortSignal) => Promise<WatchEnd | undefined>): Promise<void> => {
        isChecking = true;
        // A proof that cannot be had proves nothing: the view ages, and the silence ends the watch.
        const end = await work(signal).catch(() => undefined);
        isChecking = false;
        lastCheckMs = time.nowMs();
        if (end !== undefined && !signal.aborted) stop(end);
      };
      const lastSignMs = (): number => (hasSpoken ? Math.max(lastLineMs, lastCheckMs) : lastCheckMs);
      const tick = (): void => {
        const nowMs = time.nowMs();
        if (nowMs - lastLineMs >= times.silenceMs) stop({ kind: 'again', reason: 'silent' });
        else if (!isChecking && nowMs >= compareAtMs) void check(compare);
        else if (!isChecking && nowMs - lastSignMs() >= times.quietMs) void check(prove);
        if (cut === undefined) cancel = time.after(times.tickMs, tick);
      };
      cancel = time.after(times.tickMs, tick);
      try {
        const end = await run({
          signal,
          heard: line => {
            lastLineMs = time.nowMs();
            hasSpoken = true;
            if (line.kind !== 'bookmark') touched?.add(line.identity.key);
          },
        });
        return cut ?? end;
      } catch (error) {
        return cut ?? { kind: 'again', reason: error instanceof Error ? error.message : String(error) };
      } finally {
        cancel();
        release();
        controller.abort();
      }
    },
  };
}
