import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { beginChain, type ChainEnd } from '../../app/record/chain.ts';
import { MAX_LINE_BYTES } from '../../app/record/line.ts';
import { readLine } from '../../app/record/read-line.ts';
import { GateError, messageOf } from '../../errors.ts';
import { HASHING } from './hashing.ts';

/** A file that lines can be appended to. */
export interface OpenedRecord {
  readonly descriptor: number;
  /** Of the file, which tells it from another of its name. */
  readonly inode: number;
  /** Bytes of whole lines. */
  readonly size: number;
  /** Where the chain goes on. */
  readonly end: ChainEnd;
  /** Bytes of an unfinished last line that were cut off; 0: none. */
  readonly torn: number;
  /** Why a new chain begins after the lines of the file; empty: it goes on, or begins the file. */
  readonly after: string;
}

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;

/** Only its owner may read it: it holds what people do. */
const MODE = 0o600;

function read(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const count = readSync(descriptor, bytes, 0, length, from);
  return bytes.subarray(0, count);
}

/** Whether a file of this many bytes ends with a line feed. */
export const endsWithLine = (descriptor: number, size: number): boolean =>
  read(descriptor, size - 1, 1)[0] === LINE_FEED;

const unusable = (file: string, why: string): GateError => new GateError('unusable-record', `${file}: ${why}`);

function open(file: string): number {
  try {
    return openSync(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, MODE);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new GateError('unusable-record', `${file} cannot be opened to append to it: ${reason}`, { cause });
  }
}

/** The last line of a file that ends with a line feed, and how the file stands; `lastFeed` -1: there is none in the part that was read. */
function lastLine(tail: Buffer): { readonly text: string; readonly lastFeed: number } {
  const lastFeed = tail.lastIndexOf(LINE_FEED);
  const before = lastFeed > 0 ? tail.lastIndexOf(LINE_FEED, lastFeed - 1) : -1;
  return { text: tail.subarray(before + 1, Math.max(0, lastFeed)).toString('utf8'), lastFeed };
}

/** Where the chain goes on that a line is the last of; why it cannot, where it is not as it was written. */
function endOf(text: string): ChainEnd | string {
  const last = readLine(text, HASHING);
  if (last.kind === 'other') return 'the last line of the file is no line of a record';
  if (!last.isIntact || !last.isCanonical) return 'the last line of the file is not as it was written';
  const { writer, seq, hash } = last.line;
  return { writer, seq, hash };
}

/**
 * Opens a record to append to it, and makes it where it is not there. An unfinished last line, of which nobody was answered, is cut off. Where the last line is
 * no line of ours, a chain of its own begins after it. Throws a GateError where the file is no record at all, or no regular file.
 */
export function openRecord(file: string, newWriter: () => string): OpenedRecord {
  const descriptor = open(file);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw unusable(file, 'a record must be a regular file');
    const begun = { descriptor, inode: stat.ino, end: beginChain(newWriter()), torn: 0, after: '' };
    if (stat.size === 0) return { ...begun, size: 0 };
    if (read(descriptor, 0, 1)[0] !== OPENING_BRACE) throw unusable(file, 'this is another file, and no record');
    const length = Math.min(stat.size, 2 * MAX_LINE_BYTES);
    const { text, lastFeed } = lastLine(read(descriptor, stat.size - length, length));
    if (lastFeed === -1 && stat.size > length) throw unusable(file, 'this is another file, and no record');
    const torn = length - lastFeed - 1;
    const size = stat.size - torn;
    if (torn > 0) ftruncateSync(descriptor, size);
    if (size === 0) return { ...begun, size, torn };
    const end = endOf(text);
    return typeof end === 'string' ? { ...begun, size, torn, after: end } : { ...begun, size, end, torn };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
