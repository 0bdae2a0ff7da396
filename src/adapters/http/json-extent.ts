/** How far a JSON text may reach, each inclusive. */
export interface JsonLimits {
  /** Levels of lists and objects. */
  readonly maxDepth: number;
  /** Values, lists and objects included. Lists and objects that are empty count twice. */
  readonly maxValues: number;
}

/**
 * Of a review. Depth: the API server's own decoder goes 10,000 levels deep (Go's encoding/json and sigs.k8s.io/json), and the review adds
 * three around its objects, so that what is deeper comes from nobody who should be answered.
 * Values: two objects of 1.5 MiB, the most that etcd stores, hold 240,000 as lists of addresses; 8 MiB can bear three million, which take
 * 165 MiB and a second once they are parsed. This many take 40 MiB and 0.3 s at worst.
 */
export const REVIEW_LIMITS: JsonLimits = { maxDepth: 10_003, maxValues: 400_000 };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What each byte outside of texts adds: of every other it is nothing. */
function table(amounts: Readonly<Record<string, number>>): Int8Array {
  const adds = new Int8Array(256);
  for (const [byte, amount] of Object.entries(amounts)) adds[byte.charCodeAt(0)] = amount;
  return adds;
}
const LEVELS = table({ '[': 1, '{': 1, ']': -1, '}': -1 });
const VALUES = table({ '[': 1, '{': 1, ',': 1 });

/** Where the text ends that begins after `start`; the end of the bytes where it never does. */
function endOfText(bytes: Buffer, start: number): number {
  let index = start;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return index;
}

/**
 * Why JSON text should not be parsed: it is too deep, or holds too many values. `undefined`: it may be, or is no JSON. Looks at each byte once,
 * and at none of texts that are too short to be either.
 */
export function excessOf(bytes: Buffer, { maxDepth, maxValues } = REVIEW_LIMITS): string | undefined {
  // A level takes two bytes; a value one.
  if (bytes.length <= 2 * maxDepth && bytes.length <= maxValues) return undefined;
  let depth = 0;
  let values = 1;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === QUOTE) index = endOfText(bytes, index + 1);
    depth += LEVELS[byte] ?? 0;
    values += VALUES[byte] ?? 0;
    if (depth > maxDepth) return `the body is nested deeper than ${maxDepth} levels`;
  }
  return values > maxValues ? `the body holds more than ${maxValues} values` : undefined;
}
