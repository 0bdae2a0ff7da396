import type { Io } from './io.ts';

/** UTF-16 units of a line: far above any flow, and any line of an access log. */
const LONGEST_LINE = 1_000_000;

/** A line of a file. */
export interface Line {
  /** Without its end. Of one that is too long, the beginning alone. */
  readonly text: string;
  /** 1-based; lines that are blank count. */
  readonly number: number;
  readonly isCut: boolean;
}

/** Lines of a file, without those that are blank. One that is too long takes no more room than it may have, and the lines behind it are read. */
export async function* linesOf(file: string, io: Io): AsyncIterable<Line> {
  const decoder = new TextDecoder();
  let [rest, isCut, number] = ['', false, 0];
  const lineOf = (text: string): Line => {
    number += 1;
    const line = { text: text.slice(0, LONGEST_LINE), number, isCut: isCut || text.length > LONGEST_LINE };
    isCut = false;
    return line;
  };
  for await (const piece of io.readPieces(file)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const line = lineOf(text);
      if (line.text.trim() !== '') yield line;
    }
    isCut ||= rest.length > LONGEST_LINE;
    rest = rest.slice(0, LONGEST_LINE);
  }
  if (rest.trim() !== '') yield lineOf(rest);
}

export const TOO_LONG = `it is longer than ${LONGEST_LINE} characters`;
