import { isUtf8 } from 'node:buffer';
import { MAX_LINE_BYTES } from '../../app/record/line.ts';

/** One line of a file. */
export interface FileLine {
  /** From 1. */
  readonly number: number;
  /** Without its line feed; `undefined`: it is not UTF-8, or longer than a line of a record can be. */
  readonly text: string | undefined;
  /** It ends with a line feed. */
  readonly isWhole: boolean;
}

const LINE_FEED = 0x0a;

/** A line as it comes in. What is too long is counted, not kept. */
class ArrivingLine {
  readonly #parts: Buffer[] = [];
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(part: Buffer): void {
    this.#length += part.length;
    if (this.#length < MAX_LINE_BYTES) this.#parts.push(part);
    else this.#parts.length = 0;
  }

  take(): string | undefined {
    const isTooLong = this.#length >= MAX_LINE_BYTES;
    const bytes = Buffer.concat(this.#parts);
    this.#parts.length = 0;
    this.#length = 0;
    return isTooLong || !isUtf8(bytes) ? undefined : bytes.toString('utf8');
  }
}

/** The lines of a file of a record. A last one without a line feed is not whole; after a line feed there is none. */
export async function* recordLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<FileLine> {
  const line = new ArrivingLine();
  let number = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, from)) {
      line.add(piece.subarray(from, end));
      from = end + 1;
      number += 1;
      yield { number, text: line.take(), isWhole: true };
    }
    line.add(piece.subarray(from));
  }
  if (!line.isEmpty) yield { number: number + 1, text: line.take(), isWhole: false };
}
