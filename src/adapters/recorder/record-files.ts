import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Position, RecordReader } from '../../app/recorder/ports.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import { GateError } from '../../errors.ts';
import { replaceFile } from '../system/replace-file.ts';

/** Bytes of a batch; a line that is longer is a batch by itself. */
const BATCH_BYTES = 1024 * 1024;
/** Longest line of a record is 1 MiB; this much is read to find its end. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Bytes after which a record is set aside under a number. */
const SEGMENT_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 10;

/** `record.jsonl.000007`: set aside by the recorder. */
const SEGMENT = /^\.(\d{6,})$/;

export interface RecordFilesOptions {
  /** The record that the gate writes. */
  readonly file: string;
  /** By name. */
  readonly sinks: readonly string[];
  /** Bytes that all files of the record may take. */
  readonly maxBytes: number;
  /** Lines were dropped before they were shipped to a sink. */
  readonly onLost: (sink: string, lines: number) => void;
}

/** The files of a record: the one that is written, and those that were set aside. */
export interface RecordFiles extends RecordReader {
  /** Sets aside what has grown big, deletes what is shipped everywhere, drops what is beyond the bound. */
  tend(): void;
  /** Bytes that a sink has not got yet. */
  waiting(sink: string): number;
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

function countLines(path: string, offset: number): number {
  const bytes = readFileSync(path).subarray(offset);
  let lines = 0;
  for (let feed = bytes.indexOf(LINE_FEED); feed !== -1; feed = bytes.indexOf(LINE_FEED, feed + 1)) lines += 1;
  return lines;
}

/** Bytes of whole lines from an offset on; empty where there is none. */
function readWhole(path: string, offset: number): { readonly bytes: Buffer; readonly isFull: boolean } {
  const descriptor = openSync(path, 'r');
  try {
    const left = fstatSync(descriptor).size - offset;
    for (const limit of [BATCH_BYTES, MOST_BYTES]) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(left, limit)));
      const bytes = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset));
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      if (end > 0) return { bytes: bytes.subarray(0, end), isFull: left > limit };
    }
    return { bytes: Buffer.alloc(0), isFull: false };
  } finally {
    closeSync(descriptor);
  }
}

/** A number of the file of positions; 0 where there is none. */
const numberAt = (fields: Fields, key: string): number => {
  const value = own(fields, key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
};

class SegmentedRecord implements RecordFiles {
  readonly #options: RecordFilesOptions;
  readonly #positions = new Map<string, Position>();
  readonly #stateFile: string;
  /** Number that the file that is written gets once it is set aside. */
  #current: number;

  constructor(options: RecordFilesOptions) {
    this.#options = options;
    this.#stateFile = `${options.file}.shipped`;
    const state = this.#readState();
    this.#current = Math.max(1, numberAt(state, 'current'), ...this.#segments().map(number => number + 1));
    const oldest = this.#segments()[0] ?? this.#current;
    for (const sink of options.sinks) {
      const kept = fieldsAt(fieldsAt(state, 'sinks'), sink);
      const position = { segment: numberAt(kept, 'segment'), offset: numberAt(kept, 'offset') };
      this.#positions.set(sink, position.segment < oldest ? { segment: oldest, offset: 0 } : position);
    }
  }

  #readState(): Fields {
    if (!isThere(this.#stateFile)) return {};
    try {
      const state: unknown = JSON.parse(readFileSync(this.#stateFile, 'utf8'));
      if (isFields(state)) return state;
    } catch (cause) {
      throw new GateError('unreadable-file', `${this.#stateFile} cannot be read: ${String(cause)}`, { cause });
    }
    throw new GateError('unreadable-file', `${this.#stateFile} is no file of positions`);
  }

  #writeState(): void {
    const state = { current: this.#current, sinks: Object.fromEntries(this.#positions) };
    replaceFile(this.#stateFile, `${JSON.stringify(state)}\n`);
  }

  /** Numbers of the files that were set aside, ascending. */
  #segments(): readonly number[] {
    const { file } = this.#options;
    return readdirSync(dirname(file))
      .filter(name => name.startsWith(basename(file)))
      .flatMap(name => SEGMENT.exec(name.slice(basename(file).length))?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other);
  }

  #pathOf(segment: number): string {
    const { file } = this.#options;
    return segment >= this.#current
      ? file
      : join(dirname(file), `${basename(file)}.${String(segment).padStart(6, '0')}`);
  }

  position(sink: string): Position {
    return this.#positions.get(sink) ?? { segment: this.#current, offset: 0 };
  }

  commit(sink: string, position: Position): void {
    this.#positions.set(sink, position);
    this.#writeState();
  }

  read(position: Position): ReturnType<RecordReader['read']> {
    const { segment, offset } = position;
    const path = this.#pathOf(segment);
    if (segment < this.#current && !isThere(path)) return { moved: { segment: segment + 1, offset: 0 } };
    if (!isThere(path)) return undefined;
    // Asked before the end is read: once the gate has begun a new file, it writes nothing more into this one.
    const isFinished = segment < this.#current && this.#isFollowed(segment);
    if (sizeOf(path) < offset) return { moved: { segment, offset: 0 } };
    const { bytes, isFull } = readWhole(path, offset);
    if (bytes.length === 0) return isFinished ? { moved: { segment: segment + 1, offset: 0 } } : undefined;
    const lines = bytes.subarray(0, -1).toString().split('\n');
    return { batch: { lines, from: position, to: { segment, offset: offset + bytes.length } }, isFull };
  }

  /** Whether the gate writes to a later file. */
  #isFollowed(segment: number): boolean {
    return segment + 1 < this.#current || isThere(this.#options.file);
  }

  waiting(sink: string): number {
    const { segment, offset } = this.position(sink);
    const files = [...this.#segments(), this.#current].filter(number => number >= segment);
    return Math.max(0, files.reduce((sum, number) => sum + sizeOf(this.#pathOf(number)), 0) - offset);
  }

  tend(): void {
    const { file, maxBytes } = this.#options;
    if (sizeOf(file) >= Math.min(SEGMENT_BYTES, maxBytes / 4)) this.#setAside();
    const least = Math.min(...[...this.#positions.values()].map(({ segment }) => segment));
    for (const segment of this.#segments()) {
      const isOver = this.#allBytes() > maxBytes && this.#isFollowed(segment);
      if (segment >= least && !isOver) break;
      if (segment >= least) this.#drop(segment);
      rmSync(this.#pathOf(segment), { force: true });
    }
  }

  /** The gate looks before each write whether its file is there, and begins a new one. */
  #setAside(): void {
    const number = this.#current;
    this.#current += 1;
    renameSync(this.#options.file, this.#pathOf(number));
    this.#writeState();
  }

  #allBytes(): number {
    return [...this.#segments(), this.#current].reduce((sum, number) => sum + sizeOf(this.#pathOf(number)), 0);
  }

  /** Goes on behind a file that is to be deleted, with every sink that has not got all of it. */
  #drop(segment: number): void {
    for (const [sink, position] of this.#positions) {
      if (position.segment > segment) continue;
      const lines = countLines(this.#pathOf(segment), position.segment === segment ? position.offset : 0);
      this.#positions.set(sink, { segment: segment + 1, offset: 0 });
      if (lines > 0) this.#options.onLost(sink, lines);
    }
    this.#writeState();
  }
}

/**
 * Opens the files of a record for shipping. Nobody else sets them aside or deletes them. What was shipped is kept in `FILE.shipped`. Throws a GateError
 * where that cannot be read.
 */
export const openRecordFiles = (options: RecordFilesOptions): RecordFiles => new SegmentedRecord(options);
