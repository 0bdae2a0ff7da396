import type { Recorded } from './ring.ts';

/** What came of asking a Pod of the webhook for what it has put on record. */
export type Asked =
  | { readonly kind: 'told'; readonly recorded: Recorded }
  /** Nobody listens there: it puts nothing on record either. */
  | { readonly kind: 'refused' }
  /** It does not answer, does not let us in, or keeps no record. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Which entry of which process a Pod was read up to. */
export interface Cursor {
  /** Empty: of none yet. */
  readonly instance: string;
  readonly position: number;
}

/** From when on, and until when, something may have been put on record that nobody read: milliseconds, both inclusive. */
interface Blind {
  readonly fromMs: number;
  readonly toMs: number;
}

interface PodView {
  readonly cursor: Cursor;
  /** All that it had put on record before then is known. */
  readonly readMs: number;
  /** Nobody listened when it was asked last. */
  readonly isSilent: boolean;
}

/** Of which times everything is known that any Pod of the webhook put on record. All times are milliseconds of one clock. */
export interface Coverage {
  cursor(pod: string): Cursor;
  /** A Pod was asked; `startMs`: when the question was sent. */
  asked(pod: string, answer: Asked, startMs: number): void;
  /** These Pods are there. */
  present(pods: ReadonlySet<string>, nowMs: number): void;
  /** Some Pod has told what it records: before that, nothing can be compared. */
  hasRecord(): boolean;
  /** Pods that were not read since then. */
  unreadSince(ms: number): number;
  /** Something may have been put on record between these times, inclusive, that nobody read. */
  isBlind(fromMs: number, toMs: number): boolean;
  forget(beforeMs: number): void;
}

const NOBODY: Cursor = { instance: '', position: 0 };
const LONG_AGO = Number.NEGATIVE_INFINITY;

export function createCoverage(): Coverage {
  const views = new Map<string, PodView>();
  let blind: readonly Blind[] = [];
  let hasRecord = false;

  const missed = (fromMs: number, toMs: number): void => {
    blind = [...blind, { fromMs, toMs }];
  };
  const told = (pod: string, { instance, hasGap, last }: Recorded, startMs: number): void => {
    const known = views.get(pod);
    const isOther = known !== undefined && known.cursor.instance !== '' && known.cursor.instance !== instance;
    // What the process before it put on record after it was read went with it.
    if (hasGap || (isOther && !known.isSilent)) missed(known?.readMs ?? LONG_AGO, startMs);
    views.set(pod, { cursor: { instance, position: last }, readMs: startMs, isSilent: false });
    hasRecord = true;
  };
  const silent = (pod: string, startMs: number): void => {
    const known = views.get(pod);
    if (known !== undefined && known.cursor.instance !== '' && !known.isSilent) missed(known.readMs, startMs);
    views.set(pod, { cursor: known?.cursor ?? NOBODY, readMs: startMs, isSilent: true });
  };
  return {
    cursor: pod => views.get(pod)?.cursor ?? NOBODY,
    asked: (pod, answer, startMs) => {
      if (answer.kind === 'told') told(pod, answer.recorded, startMs);
      else if (answer.kind === 'refused') silent(pod, startMs);
      else if (!views.has(pod)) views.set(pod, { cursor: NOBODY, readMs: LONG_AGO, isSilent: false });
    },
    present: (pods, nowMs) => {
      for (const [pod, { readMs, isSilent }] of [...views]) {
        if (pods.has(pod)) continue;
        if (!isSilent) missed(readMs, nowMs);
        views.delete(pod);
      }
      for (const pod of pods)
        if (!views.has(pod)) views.set(pod, { cursor: NOBODY, readMs: LONG_AGO, isSilent: false });
    },
    hasRecord: () => hasRecord,
    unreadSince: ms => [...views.values()].filter(({ readMs }) => readMs < ms).length,
    isBlind: (fromMs, toMs) => blind.some(one => one.fromMs <= toMs && one.toMs >= fromMs),
    forget: beforeMs => {
      blind = blind.filter(({ toMs }) => toMs >= beforeMs);
    },
  };
}
