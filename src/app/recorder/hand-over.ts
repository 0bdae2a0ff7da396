import type { HandedLines } from '../notify/handed-lines.ts';
import type { Time } from '../time.ts';
import type { Position, RecordReader } from './ports.ts';

/** Milliseconds for a controller to ask for the first time, and then again: it asks each second, and where it is killed the next one leads within half a minute. */
export const HAND_OVER_MS = 60_000;

export interface HandOverPorts {
  /** Under which the record knows what is handed over. */
  readonly name: string;
  readonly reader: RecordReader;
  readonly time: Pick<Time, 'nowMs'>;
  /** Whether a line tells an event: no other is handed over. */
  isTold(line: string): boolean;
  /** So many more lines are kept by who asked. */
  onKept(lines: number): void;
  /** Told when it begins, and when it ends, that a controller asks. Must not throw. */
  onAsked(isAsked: boolean): void;
}

/** The lines of a record for one of two: a controller that asks for them or, where none does, this recorder itself. */
export interface HandOver {
  /** What follows what is kept. `mark`: of the answer before, whose lines are kept where they went; empty: of none. `undefined`: nothing is handed over. */
  next(mark: string): HandedLines | undefined;
  /** The record, for this recorder: it has nothing to tell as long as a controller asks. */
  readonly left: RecordReader;
  /** From now on nobody is waited for. */
  end(): void;
}

/** What was handed over last. */
interface Outstanding {
  readonly mark: string;
  readonly from: Position;
  readonly to: Position;
  readonly lines: number;
}

const isSamePosition = (one: Position, other: Position): boolean =>
  one.segment === other.segment && one.offset === other.offset;

const NOTHING: HandedLines = { lines: [], mark: '' };

/** A record whose lines this recorder tells alone. */
export const keptHere = (reader: RecordReader): HandOver => ({
  next: () => undefined,
  left: reader,
  end: () => undefined,
});

/** What is handed over and not known to be kept is handed over again, to whoever asks next; by writer and number that shows. */
export function createHandOver({ name, reader, time, ...ports }: HandOverPorts): HandOver {
  let outstanding: Outstanding | undefined;
  let untilMs = time.nowMs() + HAND_OVER_MS;
  let wasAsked: boolean | undefined;
  let isEnded = false;
  const asked = (isAsked: boolean): boolean => {
    if (wasAsked !== isAsked) ports.onAsked(isAsked);
    wasAsked = isAsked;
    return isAsked;
  };
  const isOthers = (): boolean => {
    if (isEnded) return false;
    const isWaiting = time.nowMs() < untilMs;
    // Nobody has asked yet, and somebody still may: there is nothing to say.
    return isWaiting && wasAsked === undefined ? true : asked(isWaiting);
  };
  const keep = (mark: string): void => {
    if (outstanding === undefined || outstanding.mark !== mark) return;
    // This recorder may have told it meanwhile, or it was dropped for want of room.
    if (!isSamePosition(reader.position(name), outstanding.from)) return;
    reader.commit(name, outstanding.to);
    ports.onKept(outstanding.lines);
    outstanding = undefined;
  };
  const next = (): HandedLines => {
    const found = reader.read(reader.position(name));
    if (found === undefined) return NOTHING;
    if ('moved' in found) {
      reader.commit(name, found.moved);
      return next();
    }
    const { lines, from, to } = found.batch;
    const mark = `${to.segment}:${to.offset}`;
    outstanding = { mark, from, to, lines: lines.length };
    return { lines: lines.filter(ports.isTold), mark };
  };
  return {
    next: mark => {
      if (isEnded) return undefined;
      untilMs = time.nowMs() + HAND_OVER_MS;
      asked(true);
      keep(mark);
      return next();
    },
    left: {
      position: sink => reader.position(sink),
      read: position => (isOthers() ? undefined : reader.read(position)),
      commit: (sink, position) => reader.commit(sink, position),
    },
    end: () => {
      isEnded = true;
    },
  };
}
