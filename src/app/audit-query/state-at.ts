import type { NamedObject } from './filter.ts';
import { isDone, type RecordLine } from './record-line.ts';

/** What is known of an object at a time. */
export type StateAt =
  /** The last change before that time, and the object as it left it; without a snapshot it was harmless, and only its digest is kept. */
  | { readonly kind: 'there'; readonly by: RecordLine }
  /** It was deleted before. */
  | { readonly kind: 'deleted'; readonly by: RecordLine }
  /** The record tells nothing of it up to that time. */
  | { readonly kind: 'unknown' };

/** Follows an object through lines in any order. */
export interface StateFollower {
  add(line: RecordLine): void;
  state(): StateAt;
}

/**
 * What an object was at a time, inclusive: as the last request left it that was let through and was no dry run. A change of a part (status, scale) says
 * nothing of the whole. Of two lines of one time the one that comes later is later.
 */
export function createStateFollower(object: NamedObject, atMs: number): StateFollower {
  let last: RecordLine | undefined;
  return {
    add: line => {
      const isLater = line.timeMs <= atMs && (last === undefined || line.timeMs >= last.timeMs);
      const isWhole = line.object.subresource === '' && (object.kind ?? line.object.kind) === line.object.kind;
      if (isLater && isWhole && isDone(line)) last = line;
    },
    state: () => {
      if (last === undefined) return { kind: 'unknown' };
      return { kind: last.operation === 'DELETE' ? 'deleted' : 'there', by: last };
    },
  };
}
