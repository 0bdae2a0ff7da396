import type { Mode } from '../../core/gate/types.ts';
import { type ReviewCounts, type ReviewHistory, withReviews } from './reviews.ts';

/** When something was seen. All in seconds since 1970. */
export interface SeenDates {
  /** For the first time. */
  readonly first: number;
  /** From when on it has been there without a break, or was when it was last. */
  readonly since: number;
  /** For the last time; `undefined`: it is there. */
  readonly last: number | undefined;
}

/** A server, and what was found of it, by {@link findingKey}. */
export interface ServerHistory extends SeenDates {
  readonly findings: ReadonlyMap<string, SeenDates>;
}

/** A mode that a namespace was seen to have, from then on. */
export interface ModeSeen {
  readonly at: number;
  readonly mode: Mode;
}

export interface NamespaceHistory {
  /** One that is made anew under the name begins anew. */
  readonly uid: string;
  /** The last {@link MAX_MODES}, oldest first. */
  readonly modes: readonly ModeSeen[];
  /** By `Kind/name`. */
  readonly servers: ReadonlyMap<string, ServerHistory>;
  /** `undefined`: nothing was found in any review. */
  readonly reviews: ReviewHistory | undefined;
}

/** By the namespace's name. Only of namespaces that have, or lately had, servers, or reviews in which something was found. */
export type History = ReadonlyMap<string, NamespaceHistory>;

/** Modes that are kept of a namespace. */
export const MAX_MODES = 8;
/** Findings of a server, and servers of a namespace, that are gone and are kept: the last ones. */
export const MAX_GONE_FINDINGS = 20;
export const MAX_GONE_SERVERS = 100;
/** Seconds for which something that is gone is kept. */
export const KEPT_SECONDS = 90 * 86_400;

/** What a look saw of a namespace. */
export interface Sighting {
  readonly uid: string;
  readonly mode: Mode;
  /** Keys of what is found of each server, by `Kind/name`. */
  readonly servers: ReadonlyMap<string, ReadonlySet<string>>;
}

/** When a look was, and when the one before it. In seconds since 1970. */
export interface LookTimes {
  readonly now: number;
  /** What was there then and is not now, was there for the last time. */
  readonly before: number;
}

/** The name of a finding in the history of its server: the rule, and a few digits that stand for its identity. */
export const findingKey = (rule: string, identityHash: string): string => `${rule}/${identityHash.slice(0, 8)}`;

/** The name of a server in the history of its namespace. */
export const serverKey = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  `${kind}/${name}`;

/** Seconds since 1970 as RFC 3339 has them. */
export const timeText = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/** A clock that was set back leaves times that are yet to come: they are taken for now. The same object where there are none. */
function withinNow<Dates extends SeenDates>(dates: Dates, now: number): Dates {
  const { first, since, last } = dates;
  if (first <= now && since <= now && (last ?? 0) <= now) return dates;
  return {
    ...dates,
    first: Math.min(first, now),
    since: Math.min(since, now),
    last: last === undefined ? undefined : Math.min(last, now),
  };
}

function datesAfter(known: SeenDates | undefined, isThere: boolean, { now, before }: LookTimes): SeenDates {
  if (known === undefined) return { first: now, since: now, last: undefined };
  const { first, since, last } = withinNow(known, now);
  if (isThere) return last === undefined ? withinNow(known, now) : { first, since: now, last: undefined };
  return last === undefined ? { first, since, last: Math.max(since, Math.min(before, now)) } : withinNow(known, now);
}

/** Without what has been gone for too long, and of the rest that is gone, the last ones alone. */
function pruned<Entry extends SeenDates>(
  entries: readonly (readonly [string, Entry])[],
  most: number,
  now: number,
): ReadonlyMap<string, Entry> {
  const lastOf = ([, { last = 0 }]: readonly [string, Entry]): number => last;
  const [there, gone] = [true, false].map(isThere =>
    entries.filter(([, { last }]) => (last === undefined) === isThere),
  );
  const kept = (gone ?? []).filter(entry => now - lastOf(entry) <= KEPT_SECONDS);
  return new Map([...(there ?? []), ...kept.sort((a, b) => lastOf(b) - lastOf(a)).slice(0, most)]);
}

/** The keys of what was known and of what is there now. */
const keysOf = (known: ReadonlyMap<string, unknown> | undefined, now: Iterable<string>): ReadonlySet<string> =>
  new Set([...(known?.keys() ?? []), ...now]);

const NOTHING: ReadonlySet<string> = new Set();

function serverAfter(
  known: ServerHistory | undefined,
  found: ReadonlySet<string> | undefined,
  times: LookTimes,
): ServerHistory {
  const there = found ?? NOTHING;
  const findings = [...keysOf(known?.findings, there)].map(
    key => [key, datesAfter(known?.findings.get(key), there.has(key), times)] as const,
  );
  const dates = datesAfter(known, found !== undefined, times);
  const { first, since, last } = dates;
  return { first, since, last, findings: pruned(findings, MAX_GONE_FINDINGS, times.now) };
}

function modesAfter(known: readonly ModeSeen[], mode: Mode, { now }: LookTimes): readonly ModeSeen[] {
  const past = known.map(({ at, mode: was }) => ({ at: Math.min(at, now), mode: was }));
  return past.at(-1)?.mode === mode ? past : [...past, { at: now, mode }].slice(-MAX_MODES);
}

/** What is kept of reviews, unless the last one was too long ago. */
const recentReviews = (reviews: ReviewHistory | undefined, now: number): ReviewHistory | undefined =>
  reviews === undefined || now - reviews.last > KEPT_SECONDS ? undefined : reviews;

/** The history of a namespace after a look; `undefined` where there is nothing to keep. */
export function afterSighting(
  known: NamespaceHistory | undefined,
  { uid, mode, servers: there }: Sighting,
  times: LookTimes,
): NamespaceHistory | undefined {
  // A namespace that is gone has no uid, nor has one of which only reviews are known.
  const isSame = known !== undefined && (known.uid === uid || uid === '' || known.uid === '');
  const before = isSame ? known : undefined;
  const servers = [...keysOf(before?.servers, there.keys())].map(
    key => [key, serverAfter(before?.servers.get(key), there.get(key), times)] as const,
  );
  const kept = pruned(servers, MAX_GONE_SERVERS, times.now);
  const reviews = recentReviews(before?.reviews, times.now);
  if (kept.size === 0 && reviews === undefined) return undefined;
  // Of a namespace that is gone no mode is seen.
  const modes = uid === '' ? (before?.modes ?? []) : modesAfter(before?.modes ?? [], mode, times);
  return { uid: uid === '' ? (before?.uid ?? '') : uid, modes, servers: kept, reviews };
}

/** The history of a namespace after reviews of it. */
export const afterReviews = (
  known: NamespaceHistory | undefined,
  added: ReviewCounts,
  now: number,
): NamespaceHistory => ({
  ...(known ?? { uid: '', modes: [], servers: new Map() }),
  reviews: withReviews(known?.reviews, added, now),
});
