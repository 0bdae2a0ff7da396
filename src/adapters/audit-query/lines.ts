import type { FileHandle } from 'node:fs/promises';

/** Longest line that is read, in bytes: a line of a record has 1 MiB at most, an event of an audit log holds two objects of etcd's 1.5 MiB. */
export const LONGEST_LINE = 4 * 1024 * 1024;

/** Bytes that are read at once. */
const PIECE_BYTES = 1024 * 1024;

const LINE_FEED = 10;

/** One line as it stands in its file. */
export interface RawLine {
  /** Of its first byte. */
  readonly offset: number;
  /** Without its line feed; `undefined`: it is longer than {@link LONGEST_LINE}. Part of a buffer that others are part of too. */
  readonly bytes: Buffer | undefined;
  /** From 1. */
  readonly number: number;
  /** Offset of what follows its line feed; of a last line without one, of the end. */
  readonly end: number;
}

/** Where reading begins. */
export interface Start {
  readonly offset: number;
  /** Lines before it. */
  readonly lines: number;
}

export const BEGINNING: Start = { offset: 0, lines: 0 };

/** The bytes of a file from an offset on, as far as it goes now. */
export async function* piecesOf(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  for (let position = offset; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(PIECE_BYTES), 0, PIECE_BYTES, position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/** Cuts pieces into lines, however they fall; a line in several pieces is put together once it ends. */
class LineCutter {
  #carried: Buffer[] = [];
  #carriedBytes = 0;
  #offset: number;
  #number: number;

  constructor({ offset, lines }: Start) {
    this.#offset = offset;
    this.#number = lines;
  }

  #carry(part: Buffer): void {
    this.#carriedBytes += part.length;
    if (this.#carriedBytes > LONGEST_LINE) this.#carried = [];
    else this.#carried.push(part);
  }

  #end(last: Buffer, feed: 0 | 1): RawLine {
    const length = this.#carriedBytes + last.length;
    const isTooLong = length > LONGEST_LINE;
    const whole = this.#carriedBytes === 0 ? last : Buffer.concat([...this.#carried, last]);
    const line = {
      offset: this.#offset,
      bytes: isTooLong ? undefined : whole,
      number: this.#number + 1,
      end: this.#offset + length + feed,
    };
    this.#offset = line.end;
    this.#number = line.number;
    this.#carried = [];
    this.#carriedBytes = 0;
    return line;
  }

  cut(piece: Buffer): readonly RawLine[] {
    const lines: RawLine[] = [];
    let start = 0;
    for (let feed = piece.indexOf(LINE_FEED); feed !== -1; feed = piece.indexOf(LINE_FEED, start)) {
      lines.push(this.#end(piece.subarray(start, feed), 1));
      start = feed + 1;
    }
    if (start < piece.length) this.#carry(piece.subarray(start));
    return lines;
  }

  /** A last line without a line feed: being written still, or torn. */
  rest(): readonly RawLine[] {
    return this.#carriedBytes === 0 ? [] : [this.#end(Buffer.alloc(0), 0)];
  }
}

/** The lines of a file, or of a stream, some at a time. The last of them may be without a line feed. */
export async function* linesOf(pieces: AsyncIterable<Buffer>, start = BEGINNING): AsyncGenerator<readonly RawLine[]> {
  const cutter = new LineCutter(start);
  for await (const piece of pieces) {
    const lines = cutter.cut(piece);
    if (lines.length > 0) yield lines;
  }
  const rest = cutter.rest();
  if (rest.length > 0) yield rest;
}
