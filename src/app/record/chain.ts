import { byKey } from '../../core/order.ts';
import type { ChainedLine, Unchained } from './line.ts';

/** Texts and hashes of JSON values. */
export interface Hashing {
  /** RFC 8785 (JSON Canonicalization Scheme). Half of a surrogate pair, which it refuses, becomes U+FFFD. */
  canonical(value: unknown): string;
  /** SHA-256 of the UTF-8 form, in hex. */
  hash(text: string): string;
}

/** Where a chain stands. */
export interface ChainEnd {
  readonly writer: string;
  /** Of the last line; 0 before the first one. */
  readonly seq: number;
  /** Of the last line; {@link NO_HASH} before the first one. */
  readonly hash: string;
}

/** `prev` of the first line of a chain. */
export const NO_HASH = '0'.repeat(64);

/** Where a chain stands that has no line yet. */
export const beginChain = (writer: string): ChainEnd => ({ writer, seq: 0, hash: NO_HASH });

/** The fields of a line as RFC 8785 texts, by their names, which are plain ASCII: made once, whatever place the line gets. */
export type Members = ReadonlyMap<string, string>;

/** The texts of fields. Those that are `undefined` are left out. */
export function textsOf(fields: object, { canonical }: Hashing): Members {
  const members = new Map<string, string>();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) members.set(key, canonical(value));
  return members;
}

/** The members of a line. */
export const membersOf = <Line extends ChainedLine>(line: Unchained<Line>, hashing: Hashing): Members =>
  textsOf(line, hashing);

/** Fields of an object as text, each with a comma after it. */
const fieldsText = (fields: readonly (readonly [string, string])[]): string =>
  fields.reduce((text, [key, value]) => `${text}"${key}":${value},`, '');

/** A line in its place. */
export interface PlacedLine {
  /** Without a line feed. */
  readonly text: string;
  /** Where the chain stands after it. */
  readonly end: ChainEnd;
}

export function placed(
  { writer, seq: last, hash: prev }: ChainEnd,
  members: Members,
  { canonical, hash }: Hashing,
): PlacedLine {
  const seq = last + 1;
  const own = [
    ['seq', `${seq}`],
    ['writer', canonical(writer)],
    ['prev', `"${prev}"`],
  ] as const;
  const fields: (readonly [string, string])[] = [...members, ...own].sort(byKey);
  const after = fields.findIndex(([key]) => key > 'hash');
  // `prev` stands after it, so that there is a last comma to be left out.
  const [before, rest] = [fieldsText(fields.slice(0, after)), fieldsText(fields.slice(after)).slice(0, -1)];
  const hashed = hash(`{${before}${rest}}`);
  return { text: `{${before}"hash":"${hashed}",${rest}}`, end: { writer, seq, hash: hashed } };
}
