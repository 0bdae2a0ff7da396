/** Values of variables by their names. What the shell of whoever starts Compose sets besides, and before these, nobody knows. */
export type Variables = ReadonlyMap<string, string>;

/** A variable that no file sets. */
export interface Unset {
  readonly name: string;
  /** Compose does not start without it (`${NAME:?reason}`). */
  readonly isRequired: boolean;
}

/** A text with the values of its variables. */
export interface Substituted {
  readonly text: string;
  /** Variables without a value and a default: they are empty. */
  readonly unset: readonly Unset[];
  /** What `${` begins is a variable: Compose refuses any other. It stays as it is, as does a `$` before something else. */
  readonly isValid: boolean;
}

/** Defaults within defaults, as in `${A:-${B:-c}}`; of deeper ones the text stays. */
const MAX_NESTED = 16;

const NAME = /[A-Za-z_]\w*/y;

const nameAt = (text: string, at: number): string => {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0] ?? '';
};

/** The index of the `}` that closes each `{`, by the index of that. */
function closings(text: string): ReadonlyMap<number, number> {
  const [found, open]: [Map<number, number>, number[]] = [new Map(), []];
  for (const { index, 0: mark } of text.matchAll(/[{}]/g)) {
    const opened = mark === '}' ? open.pop() : undefined;
    if (opened !== undefined) found.set(opened, index);
    if (mark === '{') open.push(index);
  }
  return found;
}

/** `:-word`: the word where the variable is unset or empty; `-word`: where it is unset. `?` and `+` the same way. */
const OPERATION = /^(:?)([-?+])(.*)$/s;

/** Puts values into texts, as many characters of them as there is room for: what would go beyond stays as it is written. */
export class Substitution {
  readonly #variables: Pick<Variables, 'get'>;
  #room: number;

  /** `room`: characters of values, over all texts. */
  constructor(variables: Pick<Variables, 'get'>, room: number) {
    this.#variables = variables;
    this.#room = room;
  }

  /** There was not room for everything. */
  get isFull(): boolean {
    return this.#room < 0;
  }

  /** Source: Compose specification, "Interpolation". */
  of(text: string, depth = 0): Substituted {
    const [pieces, unset]: [string[], Unset[]] = [[], []];
    const closing = closings(text);
    let [isValid, from] = [true, 0];
    for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', from)) {
      pieces.push(text.slice(from, at));
      const one = this.#at(text, at, closing.get(at + 1), depth);
      pieces.push(one.text);
      unset.push(...one.unset);
      isValid &&= one.isValid;
      from = one.end;
    }
    return { text: pieces.join('') + text.slice(from), unset, isValid };
  }

  /** What stands for the `$` at an index, and the index behind it. */
  #at(text: string, at: number, closing: number | undefined, depth: number): Substituted & { readonly end: number } {
    const literal = { text: '$', unset: [] };
    if (text[at + 1] === '$') return { ...literal, isValid: true, end: at + 2 };
    const isBraced = text[at + 1] === '{';
    const name = nameAt(text, at + (isBraced ? 2 : 1));
    const behind = at + (isBraced ? 2 : 1) + name.length;
    const end = isBraced ? closing : behind;
    if (name === '' || end === undefined || depth > MAX_NESTED)
      return { ...literal, isValid: !isBraced || depth > MAX_NESTED, end: at + 1 };
    const said = text.slice(behind, end);
    const operation = OPERATION.exec(said);
    if (said !== '' && operation === null) return { ...literal, isValid: false, end: at + 1 };
    const [, colon = '', operator = '', word = ''] = operation ?? [];
    return { ...this.#valueOf(name, colon === ':', operator, word, depth), end: isBraced ? end + 1 : end };
  }

  #valueOf(name: string, alsoEmpty: boolean, operator: string, word: string, depth: number): Substituted {
    const value = this.#variables.get(name);
    const isSet = value !== undefined && !(alsoEmpty && value === '');
    if (operator === '+') return isSet ? this.of(word, depth + 1) : this.#said('');
    if (operator === '-' && !isSet) return this.of(word, depth + 1);
    const unset = isSet || (value === '' && operator !== '?') ? [] : [{ name, isRequired: operator === '?' }];
    return this.#said(value ?? '', unset);
  }

  #said(value: string, unset: readonly Unset[] = []): Substituted {
    this.#room -= value.length;
    return { text: this.#room < 0 ? '' : value, unset, isValid: true };
  }
}
