/** The words that kubectl's YAML reader takes for something else than text (YAML 1.1; `y` and `n` are among them). */
const WORDS: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(word => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(word => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map(word => [word, null] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(word => [word, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map(word => [word, Number.NEGATIVE_INFINITY] as const),
  ...['.nan', '.NaN', '.NAN'].map(word => [word, Number.NaN] as const),
]);

/** The first characters that {@link readWord} can do anything with; the empty string stands for the empty scalar. */
export const WORD_STARTS: readonly string[] = ['', ...new Set([...WORDS.keys()].map(word => word.charAt(0)))];
/** The first characters that {@link readNumber} can do anything with. */
export const NUMBER_STARTS: readonly string[] = [...'+-.0123456789'];

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Go's integers end here; longer decimal and octal-looking digits become floats, longer hexadecimal ones stay text. */
const UINT64_END = 2 ** 64;

/** A plain scalar that is a word with a meaning; `undefined` for any other text. */
export function readWord(source: string): boolean | null | number | undefined {
  return WORDS.get(source);
}

/**
 * A plain scalar that is a number as go-yaml v2 reads it: `0777` and `0o777` are octal, `1_000` is 1000, `08` is 8, `1:30` is text.
 * `undefined` for text. Zero has no sign.
 */
export function readNumber(source: string): number | undefined {
  const digits = source.includes('_') ? source.replaceAll('_', '') : source;
  const match = INTEGER.exec(digits);
  if (match !== null) {
    const [, sign, hexadecimal, binary, octal, decimal] = match;
    const size = integer(hexadecimal, 16) ?? integer(binary, 2) ?? integer(octal, 8) ?? integer(decimal, 10) ?? 0;
    if (size < UINT64_END) return sign === '-' && size !== 0 ? -size : size;
  }
  if (!FLOAT.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value + 0 : undefined;
}

function integer(digits: string | undefined, radix: number): number | undefined {
  return digits === undefined ? undefined : Number.parseInt(digits, radix);
}

/** The value of an untagged plain scalar. Timestamps and base-60 numbers stay text, as in sigs.k8s.io/yaml. */
export function readPlainScalar(source: string): string | boolean | number | null {
  const word = WORDS.get(source);
  return word === undefined ? (readNumber(source) ?? source) : word;
}
