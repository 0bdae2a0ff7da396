import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Filter } from '../../app/audit-query/filter.ts';
import { type Entry, entriesOf, type UnreadableLine } from './entries.ts';
import { type LineIndex, openLineIndex } from './line-index.ts';
import { BEGINNING, linesOf, piecesOf, type RawLine } from './lines.ts';
import { notGzip } from './not-gzip.ts';

/** Where indexes are kept. */
export interface IndexPlace {
  readonly folder: string;
  /** Bytes of a file from which it is indexed: below, it is read as fast as it stands. */
  readonly fromBytes: number;
  /** `share`: how much of the file is in the index, from 0 to 1. */
  readonly onProgress: (file: string, share: number) => void;
  /** An index could not be made or used, and the whole file is read. */
  readonly onTrouble: (file: string, error: unknown) => void;
}

/** A file, and what is looked for in it. */
export interface SourceOptions {
  /** `-` is standard input. */
  readonly file: string;
  readonly filter: Filter;
  readonly onUnreadable: (line: UnreadableLine) => void;
  /** The bytes of a file from its beginning. Throws a GateError where it cannot be opened. */
  readonly readPieces: (file: string) => AsyncIterable<Buffer>;
  /** Absent: nothing is indexed. */
  readonly index?: IndexPlace | undefined;
}

/** The file, where it is one that can be indexed. */
async function openIndexable(file: string, { fromBytes }: IndexPlace): Promise<FileHandle | undefined> {
  if (file === '-') return undefined;
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() && found.size >= fromBytes ? open(file).catch(() => undefined) : undefined;
}

async function openIndex(file: string, handle: FileHandle, place: IndexPlace): Promise<LineIndex | undefined> {
  try {
    const { size } = await handle.stat();
    return await openLineIndex(place.folder, handle, offset => place.onProgress(file, offset / size));
  } catch (error) {
    place.onTrouble(file, error);
    return undefined;
  }
}

/** Every line that the filter may find: by the index as far as it goes, and then as they stand. */
async function* linesFound({
  file,
  filter,
  readPieces,
  index: place,
}: SourceOptions): AsyncGenerator<readonly RawLine[]> {
  const handle = place && (await openIndexable(file, place));
  if (place === undefined || handle === undefined) {
    yield* linesOf(notGzip(readPieces(file), file, 'query'));
    return;
  }
  let index: LineIndex | undefined;
  try {
    // Before anything of it is indexed.
    for await (const _ of notGzip(piecesOf(handle, 0), file, 'query')) break;
    index = await openIndex(file, handle, place);
    const { covered = BEGINNING } = index ?? {};
    if (index !== undefined) yield* index.candidates(filter);
    yield* linesOf(piecesOf(handle, covered.offset), covered);
  } finally {
    index?.close();
    await handle.close();
  }
}

/** The lines of a file that are looked for. Rejects with a GateError where it cannot be read. */
export function openSource(options: SourceOptions): AsyncIterable<Entry> {
  return entriesOf(linesFound(options), options);
}
