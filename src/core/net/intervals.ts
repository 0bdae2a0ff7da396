import { compare } from '../order.ts';
/** A closed range of integers: both ends belong to it, `first <= last`. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * A set of integers as sorted, disjoint, non-adjacent closed intervals.
 * Every function here takes and returns this canonical form, so equal sets have equal arrays. Empty array: the empty set.
 */
export type Intervals = readonly Interval[];

const byFirst = (a: Interval, b: Interval): number => compare(a.first, b.first);

/** Canonical form of intervals in any order, overlapping or adjacent. */
export function normalize(intervals: readonly Interval[]): Intervals {
  const merged: Interval[] = [];
  let open: Interval | undefined;
  for (const next of [...intervals].sort(byFirst)) {
    if (open !== undefined && next.first <= open.last + 1n) {
      if (next.last > open.last) open = { first: open.first, last: next.last };
    } else {
      if (open !== undefined) merged.push(open);
      open = next;
    }
  }
  if (open !== undefined) merged.push(open);
  return merged;
}

/** Every integer that is in `a` or in `b`. */
export function union(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return normalize([...a, ...b]);
}

/** Index of the first interval that ends at or after `value`; the length where none does. Binary search. */
function firstFrom(set: Intervals, value: bigint): number {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const interval = set[middle];
    if (interval !== undefined && interval.last < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every integer that is in both. Costs what lies where the two meet, and a search for where that begins. */
export function intersect(a: Intervals, b: Intervals): Intervals {
  const common: Interval[] = [];
  let i = firstFrom(a, b[0]?.first ?? 0n);
  let j = firstFrom(b, a[0]?.first ?? 0n);
  for (let left = a[i], right = b[j]; left !== undefined && right !== undefined; left = a[i], right = b[j]) {
    const first = left.first > right.first ? left.first : right.first;
    const last = left.last < right.last ? left.last : right.last;
    if (first <= last) common.push({ first, last });
    if (left.last < right.last) i += 1;
    else j += 1;
  }
  return common;
}

/** What the holes, from number `from` on, leave of one interval; holes that end before it are passed over. */
function punch(interval: Interval, holes: Intervals, from: number, rest: Interval[]): void {
  let start = interval.first;
  for (let k = from, hole = holes[k]; hole !== undefined && hole.first <= interval.last; k += 1, hole = holes[k]) {
    if (hole.first > start) rest.push({ first: start, last: hole.first - 1n });
    if (hole.last >= start) start = hole.last + 1n;
  }
  if (start <= interval.last) rest.push({ first: start, last: interval.last });
}

/** Every integer that is in `a` and not in `b`. Linear in the number of intervals. */
export function subtract(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0 || b.length === 0) return a;
  const rest: Interval[] = [];
  let j = firstFrom(b, a[0]?.first ?? 0n);
  for (const interval of a) {
    while ((b[j]?.last ?? interval.first) < interval.first) j += 1;
    punch(interval, b, j, rest);
  }
  return rest;
}

/** Whether `value` belongs to the set. Binary search. */
export function has(set: Intervals, value: bigint): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const interval = set[middle];
    if (interval === undefined || value < interval.first) high = middle - 1;
    else if (value > interval.last) low = middle + 1;
    else return true;
  }
  return false;
}

/** Whether every integer of `a` is in `b`. */
export function isSubset(a: Intervals, b: Intervals): boolean {
  return subtract(a, b).length === 0;
}
