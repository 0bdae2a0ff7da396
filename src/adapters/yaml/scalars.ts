/** What a word means that is no text. */
type Word = boolean | null | number;

/** How plain scalars (untagged, in no quotes) are read; what neither takes is text. */
export interface Scalars {
  /** Words with a meaning; the empty scalar is one. */
  readonly words: ReadonlyMap<string, Word>;
  /** `undefined` for text. Zero has no sign. */
  readonly readNumber: (source: string) => number | undefined;
}

const wordsOf = (trues: readonly string[], falses: readonly string[]): ReadonlyMap<string, Word> =>
  new Map<string, Word>([
    ...trues.map(word => [word, true] as const),
    ...falses.map(word => [word, false] as const),
    ...['', '~', 'null', 'Null', 'NULL'].map(word => [word, null] as const),
    ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(word => [word, Number.POSITIVE_INFINITY] as const),
    ...['-.inf', '-.Inf', '-.INF'].map(word => [word, Number.NEGATIVE_INFINITY] as const),
    ...['.nan', '.NaN', '.NAN'].map(word => [word, Number.NaN] as const),
  ]);

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Go's integers end here; longer decimal and octal-looking digits become floats, longer hexadecimal ones stay text. */
const UINT64_END = 2 ** 64;

/**
 * A plain scalar that is a number as go-yaml v2 reads it: `0777` and `0o777` are octal, `1_000` is 1000, `08` is 8, `1:30` is text.
 * `undefined` for text. Zero has no sign.
 */
function readGoNumber(source: string): number | undefined {
  const digits = source.includes('_') ? source.replaceAll('_', '') : source;
  const match = INTEGER.exec(digits);
  if (match !== null) {
    const [, sign, hexadecimal, binary, octal, decimal] = match;
    const size = integer(hexadecimal, 16) ?? integer(binary, 2) ?? integer(octal, 8) ?? integer(decimal, 10) ?? 0;
    if (size < UINT64_END) return sign === '-' && size !== 0 ? -size : size;
  }
  return readFloat(digits);
}

function readFloat(digits: string): number | undefined {
  if (!FLOAT.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value + 0 : undefined;
}

function integer(digits: string | undefined, radix: number): number | undefined {
  return digits === undefined ? undefined : Number.parseInt(digits, radix);
}

const CORE_INTEGER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+)$/;

/** YAML as kubectl reads it: YAML 1.1, in which `y`, `n`, `on` and `off` are booleans. */
export const KUBECTL_SCALARS: Scalars = {
  words: wordsOf(
    ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'],
    ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'],
  ),
  readNumber: readGoNumber,
};

/** The core schema of YAML 1.2.2 (10.3.2): `off` and `0777` are a text and 777. */
export const CORE_SCALARS: Scalars = {
  words: wordsOf(['true', 'True', 'TRUE'], ['false', 'False', 'FALSE']),
  readNumber: source => (CORE_INTEGER.test(source) ? Number(source) : readFloat(source)),
};

/** The value of an untagged plain scalar. Timestamps and base-60 numbers stay text, as in sigs.k8s.io/yaml. */
export function readPlainScalar(
  source: string,
  { words, readNumber }: Scalars = KUBECTL_SCALARS,
): string | boolean | number | null {
  const word = words.get(source);
  return word === undefined ? (readNumber(source) ?? source) : word;
}
