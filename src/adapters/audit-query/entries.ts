import { decodeLine } from '../../app/audit-query/decode-line.ts';
import { type Filter, isFound } from '../../app/audit-query/filter.ts';
import type { RecordLine } from '../../app/audit-query/record-line.ts';
import { LONGEST_LINE, type RawLine } from './lines.ts';

/** A line that was looked for. */
export interface Entry {
  readonly line: RecordLine;
  /** As it stands in its file, without its line feed. */
  readonly text: string;
}

/** A line that cannot be read. */
export interface UnreadableLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  /** A clause. */
  readonly why: string;
}

/** What a line is; `undefined`: nothing for us. */
function read({ bytes, offset, end }: RawLine): Entry | { readonly unreadable: string } | undefined {
  if (bytes === undefined) return { unreadable: `it is longer than ${LONGEST_LINE} bytes` };
  const text = bytes.toString();
  const decoded = decodeLine(text);
  if (decoded === undefined || 'line' in decoded) return decoded && { line: decoded.line, text };
  const isTorn = offset + bytes.length === end;
  return isTorn ? { unreadable: 'it is not complete: being written, or torn' } : decoded;
}

/** What is done with the lines of a file. */
interface Reading {
  readonly file: string;
  readonly filter: Filter;
  readonly onUnreadable: (line: UnreadableLine) => void;
}

/** The lines that are looked for, in their order; of those that cannot be read `onUnreadable` is told. */
export async function* entriesOf(
  lines: AsyncIterable<readonly RawLine[]>,
  { file, filter, onUnreadable }: Reading,
): AsyncGenerator<Entry> {
  for await (const some of lines) {
    for (const raw of some) {
      const entry = read(raw);
      if (entry === undefined) continue;
      if ('unreadable' in entry) onUnreadable({ file, number: raw.number, why: entry.unreadable });
      else if (isFound(filter, entry.line)) yield entry;
    }
  }
}
