import { createHash } from 'node:crypto';
import { decodeLine } from '../../app/audit-query/decode-line.ts';
import { termsOf } from '../../app/audit-query/filter.ts';
import type { RawLine } from './lines.ts';

/** Bytes of lines after which a block is full. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** Lines of a block at most: they are numbered within it in sixteen bits. */
const BLOCK_LINES = 65_536;

/** What a line has that cannot be read: it is part of every answer. Terms of fields have a colon. */
export const UNREADABLE = 'unreadable';

/** Lines that are indexed together. */
export interface Block {
  /** At least one, each with its line feed. */
  readonly lines: readonly RawLine[];
  /** Of the lines that can be read, in milliseconds since 1970; the least is greater than the most where none can. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** By term, the numbers of the lines that have it, from 0 within the block, ascending. */
  readonly postings: ReadonlyMap<string, readonly number[]>;
}

const NO_TERMS: ReadonlySet<string> = new Set();

function indexed({ bytes }: RawLine): { readonly terms: ReadonlySet<string>; readonly timeMs?: number } {
  const decoded = bytes === undefined ? { unreadable: '' } : decodeLine(bytes.toString());
  if (decoded === undefined) return { terms: NO_TERMS };
  if ('unreadable' in decoded) return { terms: new Set([UNREADABLE]) };
  return { terms: termsOf(decoded.line), timeMs: decoded.line.timeMs };
}

function blockOf(lines: readonly RawLine[]): Block {
  const postings = new Map<string, number[]>();
  let [leastMs, mostMs] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  for (const [number, line] of lines.entries()) {
    const { terms, timeMs } = indexed(line);
    for (const term of terms) {
      const numbers = postings.get(term);
      if (numbers === undefined) postings.set(term, [number]);
      else numbers.push(number);
    }
    if (timeMs === undefined) continue;
    if (timeMs < leastMs) leastMs = timeMs;
    if (timeMs > mostMs) mostMs = timeMs;
  }
  return { lines, leastMs, mostMs, postings };
}

/** Puts lines together to full blocks. What does not fill one at the end is left out, and so is a last line without a line feed. */
export async function* blocksOf(lines: AsyncIterable<readonly RawLine[]>): AsyncGenerator<Block> {
  let gathered: RawLine[] = [];
  let start: number | undefined;
  for await (const some of lines) {
    for (const line of some) {
      start ??= line.offset;
      gathered.push(line);
      if (line.end - start < BLOCK_BYTES && gathered.length < BLOCK_LINES) continue;
      yield blockOf(gathered);
      gathered = [];
      start = undefined;
    }
  }
}

/** What tells a line from another one that stands in the same place. */
export const fingerprint = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
