import type { ChainedLine, Unchained } from './line.ts';

/** Texts and hashes of JSON values. */
export interface Hashing {
  /** RFC 8785 (JSON Canonicalization Scheme). Half of a surrogate pair, which it refuses, becomes U+FFFD. */
  canonical(value: object): string;
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

/** A line in its place. */
export interface PlacedLine {
  /** Without a line feed. */
  readonly text: string;
  /** Where the chain stands after it. */
  readonly end: ChainEnd;
}

export function placed<Line extends ChainedLine>(
  { writer, seq: last, hash: prev }: ChainEnd,
  line: Unchained<Line>,
  hashing: Hashing,
): PlacedLine {
  const seq = last + 1;
  const unhashed = { ...line, seq, writer, prev };
  const hash = hashing.hash(hashing.canonical(unhashed));
  return { text: hashing.canonical({ ...unhashed, hash }), end: { writer, seq, hash } };
}
