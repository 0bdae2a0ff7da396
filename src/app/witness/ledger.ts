import type { Entry } from './ring.ts';

/** What is on record and explains no change yet, by the object. */
export interface Ledger {
  add(entries: readonly Pick<Entry, 'uid' | 'marks'>[], nowMs: number): void;
  /** Takes out what explains all of these marks of an object; false: something of it is not on record, and nothing is taken out. */
  take(uid: string, marks: readonly string[]): boolean;
  /** Forgets what has explained nothing for long: its write failed after the review. */
  forget(nowMs: number): void;
}

interface Kept {
  readonly marks: readonly string[];
  readonly atMs: number;
}

/** Milliseconds that an entry waits for its change to be seen: twice as long as a view of the cluster may be behind. */
const KEPT_MS = 60_000;
/** Entries that wait. Beyond, the oldest are forgotten. */
const MOST_KEPT = 50_000;

/** The entries that explain the marks, each by the oldest that has it; `undefined`: one mark has none. */
function explaining(known: readonly Kept[], marks: readonly string[]): ReadonlySet<Kept> | undefined {
  const whole = known.find(entry => marks.every(mark => entry.marks.includes(mark)));
  if (whole !== undefined) return new Set([whole]);
  const found = marks.map(mark => known.find(entry => entry.marks.includes(mark)));
  return found.includes(undefined) ? undefined : new Set(found.flatMap(entry => entry ?? []));
}

export function createLedger(): Ledger {
  /** In the order of their latest entries. */
  const byUid = new Map<string, readonly Kept[]>();
  let count = 0;

  const put = (uid: string, entries: readonly Kept[]): void => {
    count += entries.length - (byUid.get(uid)?.length ?? 0);
    byUid.delete(uid);
    if (entries.length > 0) byUid.set(uid, entries);
  };
  return {
    add: (entries, nowMs) => {
      for (const { uid, marks } of entries) put(uid, [...(byUid.get(uid) ?? []), { marks, atMs: nowMs }]);
      for (const uid of byUid.keys()) {
        if (count <= MOST_KEPT) break;
        put(uid, []);
      }
    },
    take: (uid, marks) => {
      const known = byUid.get(uid) ?? [];
      const taken = explaining(known, marks);
      if (taken === undefined) return false;
      put(
        uid,
        known.filter(entry => !taken.has(entry)),
      );
      return true;
    },
    forget: nowMs => {
      for (const [uid, known] of [...byUid]) {
        const kept = known.filter(({ atMs }) => nowMs - atMs < KEPT_MS);
        if (kept.length < known.length) put(uid, kept);
      }
    },
  };
}
