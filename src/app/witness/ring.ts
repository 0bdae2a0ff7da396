import { type Fields, fieldsAt, own } from '../../core/kube/reading.ts';
import type { Review } from '../admission/review.ts';
import { changeableState, DELETED_MARK, type Hash, scaleMark } from './state.ts';

/** A change that is on record. */
export interface Entry {
  /** 1, 2, …: of this process, without a gap. */
  readonly position: number;
  /** Of the object. */
  readonly uid: string;
  /** What the change made of it, by which whoever sees the object stored knows it again. */
  readonly marks: readonly string[];
}

/** What a process has put on record since a position. */
export interface Recorded {
  /** Of this process: another one counts from 1 again. */
  readonly instance: string;
  /** Entries between the position that was asked for and the first one here are forgotten. */
  readonly hasGap: boolean;
  readonly entries: readonly Entry[];
  /** Of the last entry; 0: there is none yet. */
  readonly last: number;
}

/** Entries that are remembered: some 1 MB as JSON. Whoever asks every two seconds misses none below 4,000 changes a second. */
const MOST_ENTRIES = 8192;

/** The last changes that are on record, for the controller to compare what it sees with. */
export interface Ring {
  /** Notes a review that was let through and is on record. */
  note(review: Review): void;
  /** The entries after a position of this instance; of another instance, or of none, from the beginning. */
  since(instance: string, position: number): Recorded;
}

const uidOf = (object: Fields): string => {
  const uid = own(fieldsAt(object, 'metadata'), 'uid');
  return typeof uid === 'string' ? uid : '';
};

const replicasOf = (object: Fields | undefined): unknown => object && own(fieldsAt(object, 'spec'), 'replicas');

function marksOf({ operation, subResource, kind, oldObject }: Review, object: Fields, hash: Hash): readonly string[] {
  if (operation === 'DELETE') return [DELETED_MARK];
  if (kind.kind === 'Scale') {
    const replicas = replicasOf(object);
    return typeof replicas === 'number' ? [scaleMark(replicas)] : [];
  }
  if (subResource === 'binding' || subResource === 'eviction') return [];
  const { mark, replicas } = changeableState(object, hash);
  // An update that leaves the number as it is explains no scaling before it.
  const isScaled = replicas !== undefined && replicas !== replicasOf(oldObject);
  return isScaled ? [mark, scaleMark(replicas)] : [mark];
}

/** A ring that holds nothing yet. `instance`: a text that no other process has. */
export function createRing(instance: string, hash: Hash, most = MOST_ENTRIES): Ring {
  const entries: Entry[] = [];
  let last = 0;
  return {
    note: review => {
      const object = review.object ?? review.oldObject;
      const uid = object === undefined ? '' : uidOf(object);
      if (object === undefined || uid === '' || review.dryRun) return;
      const marks = marksOf(review, object, hash);
      if (marks.length === 0) return;
      last += 1;
      entries[last % most] = { position: last, uid, marks };
    },
    since: (asked, position) => {
      const from = asked === instance ? Math.min(position, last) : 0;
      const first = Math.max(from + 1, last - most + 1);
      const told = Array.from({ length: last - first + 1 }, (_, index) => entries[(first + index) % most]);
      return { instance, hasGap: first > from + 1, entries: told.flatMap(entry => entry ?? []), last };
    },
  };
}
