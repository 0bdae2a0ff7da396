import { GateError } from '../errors.ts';
import type { Io } from './io.ts';

/** UTF-16 units of a line: far above any flow, and any line of an access log. */
const LONGEST_LINE = 1_000_000;

/** Lines of a file, without those that are blank. Rejects with a GateError for one that never ends. */
export async function* linesOf(file: string, io: Io): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of io.readPieces(file)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE)
      throw new GateError('unreadable-file', `${file} has a line that is no record: it is too long`);
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}
