import type { Filter } from '../../app/audit-query/filter.ts';
import { type Entry, entriesOf, type UnreadableLine } from './entries.ts';
import { linesOf } from './lines.ts';

/** A file, and what is looked for in it. */
export interface SourceOptions {
  /** `-` is standard input. */
  readonly file: string;
  readonly filter: Filter;
  readonly onUnreadable: (line: UnreadableLine) => void;
  /** The bytes of a file from its beginning. Throws a GateError where it cannot be opened. */
  readonly readPieces: (file: string) => AsyncIterable<Buffer>;
}

/** The lines of a file that are looked for. Rejects with a GateError where it cannot be read. */
export function openSource({ file, filter, onUnreadable, readPieces }: SourceOptions): AsyncIterable<Entry> {
  return entriesOf(linesOf(readPieces(file)), { file, filter, onUnreadable });
}
