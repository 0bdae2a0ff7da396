import { isDone, type ReachEntry, type RecordLine } from './record-line.ts';
import { isOfSameSort, isOnPortsOf, isWithin } from './wider-way.ts';

/** What a change made of a way: less of it, or more. */
type Altered = 'narrowed' | 'widened';

/** A time in which a way to a server was open. */
export interface OpenTime {
  readonly way: ReachEntry;
  /** The change that opened it, or some of it; absent: it was open before the record tells of it. */
  readonly openedBy: RecordLine | undefined;
  /** The change that made it this way of another one, which `openedBy` opened; absent: it was opened as it is. */
  readonly madeBy?: { readonly as: Altered; readonly line: RecordLine };
  /** The change that closed it; absent: it is open to the end of the record. */
  readonly closedBy: RecordLine | undefined;
  /** What it became by that change; absent: nothing is left of it. */
  readonly became?: Altered;
}

/** Follows the ways to one server through lines in the order of their times. */
export interface ReachFollower {
  add(line: RecordLine): void;
  /** Every way that was open at some time from `sinceMs` (inclusive) to `untilMs` (exclusive), in the order in which they were opened. */
  openIn(sinceMs: number, untilMs: number): readonly OpenTime[];
  /** `unknown`: no line is about the server. `untold`: none tells who could reach it, so that nobody can say that it was closed. */
  known(): 'unknown' | 'untold' | 'told';
  /** Lines that leave out some of what changes did to reach. */
  readonly incomplete: readonly RecordLine[];
}

const keyOf = ({ from, to, port, protocol }: ReachEntry): string => JSON.stringify([from, to, port, protocol]);
const keysOf = (ways: readonly ReachEntry[]): ReadonlySet<string> => new Set(ways.map(keyOf));

const openedMs = ({ openedBy }: OpenTime): number => openedBy?.timeMs ?? Number.NEGATIVE_INFINITY;
const beganMs = (time: OpenTime): number => time.madeBy?.line.timeMs ?? openedMs(time);
const endedMs = ({ closedBy }: OpenTime): number => closedBy?.timeMs ?? Number.POSITIVE_INFINITY;

const firstOpened = (times: readonly OpenTime[]): OpenTime | undefined =>
  times.reduce<OpenTime | undefined>(
    (first, time) => (first === undefined || openedMs(time) < openedMs(first) ? time : first),
    undefined,
  );

/** What a change did to the ways of the server. */
interface Step {
  readonly line: RecordLine;
  readonly gained: readonly ReachEntry[];
  /** Open before it. */
  readonly before: readonly OpenTime[];
  /** Those of them that are not open after it. */
  readonly gone: readonly OpenTime[];
}

/** Since when a way is open that was not listed before the change. */
function begun(way: ReachEntry, { line, gained, before, gone }: Step): OpenTime {
  const opened = { way, openedBy: line, closedBy: undefined };
  if (gained.some(other => keyOf(other) === keyOf(way))) return opened;
  if (gained.some(part => part.from === way.from && isOnPortsOf(part, way))) {
    const narrower = firstOpened(gone.filter(time => isWithin(time.way, way)));
    return narrower === undefined
      ? opened
      : { ...opened, openedBy: narrower.openedBy, madeBy: { as: 'widened', line } };
  }
  // All of it was let through before. Where no wider way tells by its text, it is what is left of those that are gone.
  const wider =
    firstOpened(before.filter(time => isWithin(way, time.way))) ??
    firstOpened(gone.filter(time => isOfSameSort(way, time.way)));
  return wider === undefined
    ? { way, openedBy: undefined, closedBy: undefined }
    : { way, openedBy: wider.openedBy, madeBy: { as: 'narrowed', line }, closedBy: undefined };
}

/** What became of a way that is not listed any more. */
function becameOf({ way }: OpenTime, begun: readonly OpenTime[]): Altered | undefined {
  if (begun.some(time => isWithin(way, time.way))) return 'widened';
  return begun.some(time => isWithin(time.way, way)) ? 'narrowed' : undefined;
}

/** Whether the line made the server itself: whatever is open to it afterwards, the change opened. */
const isCreated = ({ operation, object, servers, note }: RecordLine, server: string): boolean =>
  operation === 'CREATE' &&
  note === '' &&
  `${object.namespace}/${object.name}` === server &&
  servers.some(({ kind, namespace, name }) => kind === object.kind && `${namespace}/${name}` === server);

/** All that is open after a change; `undefined`: the line does not tell all. */
const allOpen = ({ open, truncated }: RecordLine): readonly ReachEntry[] | undefined =>
  truncated.some(what => what.startsWith('reach.open')) ? undefined : open;

/**
 * Follows what changes left open. A refused change and a dry run opened nothing. A line with a change tells all that is open after it: a way that it tells
 * of was opened by it, made by it of another one, or open before the record began; a way that it does not tell of any more, it closed. Of a line that does not
 * tell all, what it opened and closed is added up. A way that is closed without having been opened was open before the record began.
 *
 * `server`: as the record names an end, `namespace/name`. Every line that is added is about it.
 */
export function createReachFollower(server: string): ReachFollower {
  const incomplete: RecordLine[] = [];
  let found: ReturnType<ReachFollower['known']> = 'unknown';
  const open = new Map<string, OpenTime>();
  const known = new Set<string>();
  const closed: OpenTime[] = [];
  const isHere = ({ to }: ReachEntry): boolean => to === server;
  const isOfServer = ({ from, to }: ReachEntry): boolean => from === server || to === server;

  const begin = (time: OpenTime): void => {
    const key = keyOf(time.way);
    if (!open.has(key)) open.set(key, time);
    known.add(key);
  };
  const end = (time: OpenTime, closedBy: RecordLine, became?: Altered): void => {
    closed.push({ ...time, closedBy, ...(became && { became }) });
    open.delete(keyOf(time.way));
    known.add(keyOf(time.way));
  };
  /** Ends ways that were not known to be open. */
  const endUnknown = (ways: readonly ReachEntry[], line: RecordLine, before: readonly OpenTime[]): void => {
    for (const way of ways) {
      const isTold = known.has(keyOf(way)) || before.some(time => isWithin(way, time.way));
      if (!isTold) end({ way, openedBy: undefined, closedBy: undefined }, line);
    }
  };

  const addUp = (line: RecordLine): void => {
    const lost = line.lost.filter(isHere);
    const ended = lost.flatMap(way => open.get(keyOf(way)) ?? []);
    endUnknown(lost, line, []);
    for (const time of ended) end(time, line);
    for (const way of line.gained.filter(isHere)) begin({ way, openedBy: line, closedBy: undefined });
    for (const way of line.open?.filter(isHere) ?? [])
      if (!known.has(keyOf(way))) begin({ way, openedBy: undefined, closedBy: undefined });
  };

  const replace = (line: RecordLine, now: readonly ReachEntry[]): void => {
    const [before, keys] = [[...open.values()], keysOf(now)];
    const gone = before.filter(({ way }) => !keys.has(keyOf(way)));
    const step = { line, gained: line.gained.filter(isHere), before, gone };
    const times = now.filter(way => !open.has(keyOf(way))).map(way => begun(way, step));
    endUnknown(
      line.lost.filter(way => isHere(way) && !keys.has(keyOf(way))),
      line,
      before,
    );
    for (const time of gone) end(time, line, becameOf(time, times));
    for (const time of times) begin(time);
  };

  return {
    add: line => {
      const told = [...line.gained, ...line.lost, ...(line.open ?? [])];
      if (found === 'unknown') found = 'untold';
      if (!isDone(line)) return;
      if (line.truncated.some(what => what.startsWith('reach'))) incomplete.push(line);
      if (isCreated(line, server)) found = 'told';
      if (!told.some(isOfServer)) return;
      found = 'told';
      const all = allOpen(line);
      if (all === undefined) addUp(line);
      else replace(line, all.filter(isHere));
    },
    known: () => found,
    incomplete,
    openIn: (sinceMs, untilMs) =>
      [...closed, ...open.values()]
        .filter(time => beganMs(time) < untilMs && endedMs(time) > sinceMs)
        .sort((one, other) => (beganMs(one) === beganMs(other) ? 0 : beganMs(one) - beganMs(other))),
  };
}
