import { isDone, type ReachEntry, type RecordLine } from './record-line.ts';

/** A time in which a way to a server was open. */
export interface OpenTime {
  readonly way: ReachEntry;
  /** The change that opened it; absent: it was open before the record tells of it. */
  readonly openedBy: RecordLine | undefined;
  /** The change that closed it; absent: it is open to the end of the record. */
  readonly closedBy: RecordLine | undefined;
}

/** Follows the ways to one server through lines in the order of their times. */
export interface ReachFollower {
  add(line: RecordLine): void;
  /** Every way that was open at some time from `sinceMs` (inclusive) to `untilMs` (exclusive), in the order in which they were opened. */
  openIn(sinceMs: number, untilMs: number): readonly OpenTime[];
}

const keyOf = ({ from, to, port, protocol }: ReachEntry): string => JSON.stringify([from, to, port, protocol]);

/**
 * Adds up what changes opened and closed. A refused change and a dry run opened nothing. A way that is closed without having been opened was open
 * before the record began, and so was one that a line tells to be open though none had opened it.
 *
 * `server`: as the record names an end, `namespace/name`.
 */
export function createReachFollower(server: string): ReachFollower {
  const open = new Map<string, OpenTime>();
  const known = new Set<string>();
  const closed: OpenTime[] = [];
  const isHere = ({ to }: ReachEntry): boolean => to === server;
  const close = (way: ReachEntry, line: RecordLine): void => {
    const key = keyOf(way);
    const openedBy = open.get(key)?.openedBy;
    if (open.has(key) || !known.has(key)) closed.push({ way, openedBy, closedBy: line });
    open.delete(key);
    known.add(key);
  };
  const begin = (way: ReachEntry, openedBy: RecordLine | undefined): void => {
    const key = keyOf(way);
    if (!open.has(key)) open.set(key, { way, openedBy, closedBy: undefined });
    known.add(key);
  };
  return {
    add: line => {
      if (!isDone(line)) return;
      for (const way of line.lost.filter(isHere)) close(way, line);
      for (const way of line.gained.filter(isHere)) begin(way, line);
      for (const way of line.open.filter(isHere)) if (!known.has(keyOf(way))) begin(way, undefined);
    },
    openIn: (sinceMs, untilMs) => {
      const beganMs = ({ openedBy }: OpenTime): number => openedBy?.timeMs ?? Number.NEGATIVE_INFINITY;
      const endedMs = ({ closedBy }: OpenTime): number => closedBy?.timeMs ?? Number.POSITIVE_INFINITY;
      return [...closed, ...open.values()]
        .filter(time => beganMs(time) < untilMs && endedMs(time) > sinceMs)
        .sort((one, other) => (beganMs(one) === beganMs(other) ? 0 : beganMs(one) - beganMs(other)));
    },
  };
}
