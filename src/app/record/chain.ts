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

/** UTF-16 units of these texts. */
export function lengthOf(members: Members): number {
  let length = 0;
  for (const text of members.values()) length += text.length;
  return length;
}

/** The same members in the order in which they are hashed. Most are so already. */
function inOrder(members: Members): Members {
  let last = '';
  for (const key of members.keys()) {
    if (key < last) return new Map([...members].sort(byKey));
    last = key;
  }
  return members;
}

/** A line in its place. */
export interface PlacedLine {
  /** Without a line feed. */
  readonly text: string;
  /** Where the chain stands after it. */
  readonly end: ChainEnd;
}

const memberText = ([key, text]: readonly [string, string]): string => `"${key}":${text}`;

/** A line as the next one of a chain. Written as a loop, as each line takes it. */
export function placed(
  { writer, seq: last, hash: prev }: ChainEnd,
  members: Members,
  { canonical, hash }: Hashing,
): PlacedLine {
  const seq = last + 1;
  const own = [['prev', `"${prev}"`] as const, ['seq', `${seq}`] as const, ['writer', canonical(writer)] as const];
  let [before, after] = ['', ''];
  for (const member of inOrder(members)) {
    const [key] = member;
    for (let [place] = own; place !== undefined && place[0] < key; [place] = own) {
      after += `${memberText(place)},`;
      own.shift();
    }
    if (key < 'hash') before += `${memberText(member)},`;
    else after += `${memberText(member)},`;
  }
  // What stands last has no comma after it.
  const rest = own.length > 0 ? after + own.map(memberText).join() : after.slice(0, -1);
  const hashed = hash(`{${before}${rest}}`);
  return { text: `{${before}"hash":"${hashed}",${rest}}`, end: { writer, seq, hash: hashed } };
}
