import { readSync, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { askedTerms, type Filter } from '../../app/audit-query/filter.ts';
import { type Database, openDatabase } from '../system/sqlite.ts';
import { type Block, blocksOf, fingerprint, UNREADABLE } from './block.ts';
import { BEGINNING, LONGEST_LINE, linesOf, piecesOf, type RawLine, type Start } from './lines.ts';

/**
 * An index over one record. Its lines stand in blocks of some 4 MiB; of each block it is kept which lines have which term. A question becomes the few
 * lines that can answer it: they are read and asked themselves, so that what the index holds can make an answer no wider than it is. What does not fill a
 * block yet is read as it stands, so that a line that is being written never gets in.
 *
 * The index is named after the first line of the record, which no other record has: one that was renamed keeps its index, and one that took its name
 * has another.
 */
export interface LineIndex {
  /** How far it goes. */
  readonly covered: Start;
  /** The lines up to there that the filter may find, in their order, some at a time. */
  candidates(filter: Filter): AsyncIterable<readonly RawLine[]>;
  close(): void;
}

/** An index that the machine's end takes is made anew. */
const SET_UP = 'PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536';

/** Changed whenever tables or terms change their meaning: an index of another version is made anew. */
const VERSION = 3;

const TABLES = `
  CREATE TABLE block (
    id INTEGER PRIMARY KEY, start INTEGER, "end" INTEGER, lines_before INTEGER, least_ms INTEGER, most_ms INTEGER, last_line TEXT, ends BLOB
  ) STRICT;
  CREATE TABLE posting (term TEXT, block INTEGER, numbers BLOB, PRIMARY KEY (term, block)) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`;

/** Bytes of a record that are looked at to tell its first line. */
const HEAD_BYTES = 64 * 1024;
const LINE_FEED = 10;

/** Share of a block's lines, as one of so many, from which the block is read whole. */
const DENSE = 8;

function readAt(descriptor: number, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(end - start);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, start));
}

/** Does something while no other process can write. */
function alone<Result>(database: Database, action: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = action();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function makeTables(database: Database): void {
  const version = (): unknown => database.prepare('PRAGMA user_version').get()?.user_version;
  if (version() === VERSION) return;
  alone(database, () => {
    if (version() !== VERSION) database.exec(`DROP TABLE IF EXISTS block; DROP TABLE IF EXISTS posting; ${TABLES}`);
  });
}

function openedTables(path: string): Database {
  const database = openDatabase(path, SET_UP);
  try {
    makeTables(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Result codes of SQLite for a file that is no database (any more): SQLITE_CORRUPT, SQLITE_NOTADB. */
const BROKEN: ReadonlySet<unknown> = new Set([11, 26]);

/** Opens the database, and makes it anew where it is none any more. */
function openTables(path: string): Database {
  try {
    return openedTables(path);
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && BROKEN.has(error.errcode))) throw error;
    rmSync(path);
    return openedTables(path);
  }
}

const ints = (values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const shorts = (values: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);

const numberIn = (row: Record<string, unknown> | undefined, column: string): number => Number(row?.[column] ?? 0);

/** How far the blocks go. */
function coveredBy(database: Database): Start {
  const row = database.prepare('SELECT "end", lines_before, ends FROM block ORDER BY id DESC LIMIT 1').get();
  if (row === undefined) return BEGINNING;
  const lines = (row.ends instanceof Uint8Array ? row.ends.length : 0) / Uint32Array.BYTES_PER_ELEMENT;
  return { offset: numberIn(row, 'end'), lines: numberIn(row, 'lines_before') + lines };
}

/** Whether the last line that is in the index stands in the file still: the record has only grown since. */
function isOf(database: Database, descriptor: number): boolean {
  const row = database.prepare('SELECT start, "end", last_line, ends FROM block ORDER BY id DESC LIMIT 1').get();
  if (row === undefined) return true;
  const ends = endsOf(row);
  const start = numberIn(row, 'start') + (ends.at(-2) ?? 0);
  return fingerprint(readAt(descriptor, start, numberIn(row, 'end'))) === row.last_line;
}

function addBlock(database: Database, { lines, leastMs, mostMs, postings }: Block, descriptor: number): void {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return;
  const ends = ints(lines.map(({ end }) => end - first.offset));
  const lastLine = fingerprint(readAt(descriptor, last.offset, last.end));
  const { lastInsertRowid: id } = database
    .prepare(
      'INSERT INTO block (start, "end", lines_before, least_ms, most_ms, last_line, ends) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(first.offset, last.end, first.number - 1, leastMs, mostMs, lastLine, ends);
  const insert = database.prepare('INSERT INTO posting VALUES (?, ?, ?)');
  for (const [term, numbers] of postings) insert.run(term, id, shorts(numbers));
}

/** Adds the full blocks that have come since. What another process has added meanwhile is not added again. */
async function extend(database: Database, file: FileHandle, onProgress: (offset: number) => void): Promise<void> {
  for (let isBehind = true; isBehind; ) {
    isBehind = false;
    const start = coveredBy(database);
    for await (const block of blocksOf(linesOf(piecesOf(file, start.offset), start))) {
      const from = block.lines[0]?.offset;
      isBehind = alone(database, () => {
        if (coveredBy(database).offset !== from) return true;
        addBlock(database, block, file.fd);
        return false;
      });
      if (isBehind) break;
      onProgress(block.lines.at(-1)?.end ?? 0);
    }
  }
}

/** A block of the database. */
interface StoredBlock {
  readonly id: number;
  readonly start: number;
  readonly linesBefore: number;
  /** Where each line ends, from the start of the block. */
  readonly ends: Uint32Array;
}

/** Copied, since a view of numbers must begin at a multiple of their size. */
const endsOf = (row: Record<string, unknown>): Uint32Array =>
  row.ends instanceof Uint8Array ? new Uint32Array(row.ends.slice().buffer) : new Uint32Array();

const storedBlock = (row: Record<string, unknown>): StoredBlock => ({
  id: numberIn(row, 'id'),
  start: numberIn(row, 'start'),
  linesBefore: numberIn(row, 'lines_before'),
  ends: endsOf(row),
});

/** Reads postings. */
interface Postings {
  /** Numbers of the lines of a block that have the term, ascending. */
  numbers(term: string, block: number): Uint16Array;
}

function postingsIn(database: Database): Postings {
  const select = database.prepare('SELECT numbers FROM posting WHERE term = ? AND block = ?');
  return {
    numbers: (term, block) => {
      const numbers = select.get(term, block)?.numbers;
      return numbers instanceof Uint8Array ? new Uint16Array(numbers.slice().buffer) : new Uint16Array();
    },
  };
}

/** Numbers of the lines that have at least one term of each list, or that cannot be read; ascending. */
function numbersFound(
  block: StoredBlock,
  asked: readonly (readonly string[])[],
  isInTime: boolean,
  postings: Postings,
): readonly number[] {
  /** How many of the lists a line has a term of. */
  const met = new Uint16Array(block.ends.length);
  for (const [index, terms] of asked.entries()) {
    for (const term of terms)
      for (const number of postings.numbers(term, block.id)) if (met[number] === index) met[number] = index + 1;
  }
  const unreadable = new Set(postings.numbers(UNREADABLE, block.id));
  return [...met.keys()].filter(number => (isInTime && met[number] === asked.length) || unreadable.has(number));
}

function rawLine(
  { start, linesBefore, ends }: StoredBlock,
  number: number,
  bytes: (from: number, to: number) => Buffer,
): RawLine {
  const [from, to] = [number === 0 ? 0 : (ends[number - 1] ?? 0), ends[number] ?? 0];
  const isTooLong = to - from - 1 > LONGEST_LINE;
  return {
    offset: start + from,
    end: start + to,
    number: linesBefore + number + 1,
    bytes: isTooLong ? undefined : bytes(from, to - 1),
  };
}

/** Lines of a block; the block is read whole where many of them are wanted. */
function readLines(descriptor: number, block: StoredBlock, numbers: readonly number[]): readonly RawLine[] {
  const { start, ends } = block;
  if (numbers.length * DENSE < ends.length)
    return numbers.map(number => rawLine(block, number, (from, to) => readAt(descriptor, start + from, start + to)));
  const whole = readAt(descriptor, start, start + (ends.at(-1) ?? 0));
  return numbers.map(number => rawLine(block, number, (from, to) => whole.subarray(from, to)));
}

async function* candidatesIn(
  database: Database,
  descriptor: number,
  filter: Filter,
  until: number,
): AsyncGenerator<readonly RawLine[]> {
  const asked = askedTerms(filter);
  const postings = postingsIn(database);
  const { sinceMs = Number.MIN_SAFE_INTEGER, untilMs = Number.MAX_SAFE_INTEGER } = filter;
  const select = database.prepare('SELECT * FROM block WHERE id > ? AND "end" <= ? ORDER BY id LIMIT 1');
  for (let row = select.get(0, until); row !== undefined; row = select.get(numberIn(row, 'id'), until)) {
    const block = storedBlock(row);
    const isInTime = numberIn(row, 'most_ms') >= sinceMs && numberIn(row, 'least_ms') < untilMs;
    const numbers = numbersFound(block, asked, isInTime, postings);
    if (numbers.length > 0) yield readLines(descriptor, block, numbers);
  }
}

/** The name of the index of a record; `undefined` of a file that has not even one line. */
function nameFor(descriptor: number): string | undefined {
  const head = readAt(descriptor, 0, HEAD_BYTES);
  const feed = head.indexOf(LINE_FEED);
  if (feed === -1 && head.length < HEAD_BYTES) return undefined;
  return `${fingerprint(feed === -1 ? head : head.subarray(0, feed)).slice(0, 32)}.sqlite`;
}

/**
 * Opens the index of a record in a folder, or makes it, and takes in what has come since. Several processes may do so at once. `undefined`: there is no
 * line in the file, or it is a shorter copy of one that is indexed. Rejects where the folder, the file or the database fails.
 */
export async function openLineIndex(
  folder: string,
  file: FileHandle,
  onProgress: (offset: number) => void,
): Promise<LineIndex | undefined> {
  const name = nameFor(file.fd);
  if (name === undefined) return undefined;
  const database = openTables(join(folder, name));
  try {
    const { size } = await file.stat();
    if (size < coveredBy(database).offset) {
      database.close();
      return undefined;
    }
    alone(database, () => {
      if (!isOf(database, file.fd)) database.exec('DELETE FROM block; DELETE FROM posting');
    });
    await extend(database, file, onProgress);
    const covered = coveredBy(database);
    return {
      covered,
      candidates: filter => candidatesIn(database, file.fd, filter, covered.offset),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
