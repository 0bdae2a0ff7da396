import { ALL, type Expression, requirement, type TextTest } from './calico-expression.ts';

/** Why a selector cannot be read, and where: the number of characters before the place. */
export interface ExpressionProblem {
  readonly problem: string;
  readonly position: number;
}

/** Longest selector that is read, in characters. Calico's own schema allows 1,024 from v3.32 on, and had no limit before. */
export const MAX_EXPRESSION_LENGTH = 16_384;
/** How deep parentheses may stand in each other. */
export const MAX_EXPRESSION_DEPTH = 64;
/** Longest name of a label, in characters. */
const MAX_LABEL_LENGTH = 512;

type Token =
  | { readonly kind: 'symbol'; readonly text: string; readonly position: number }
  | { readonly kind: 'string' | 'word'; readonly text: string; readonly position: number };

/** `==` before `!`, and nothing is the beginning of an earlier one. */
const SYMBOLS = ['==', '!=', '&&', '||', '!', '(', ')', '{', '}', ','] as const;
const WORD = /[A-Za-z0-9_./-]+/y;
const BLANK = /[ \t]*/y;

const problemAt = (position: number, problem: string): ExpressionProblem => ({ problem, position });

const TEXT_TESTS: ReadonlyMap<string, TextTest['test']> = new Map([
  ['contains', 'contains'],
  ['startswith', 'startsWith'],
  ['endswith', 'endsWith'],
]);

/** The word of an operator that is two words, by the first. They may be written as one. */
const SECOND_WORDS: ReadonlyMap<string, string> = new Map([
  ['not', 'in'],
  ['starts', 'with'],
  ['ends', 'with'],
]);

function matchAt(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? '';
}

/** The string that begins with this quote; there are no escapes, and the other quote may stand in it. */
function stringAt(text: string, position: number): Token | ExpressionProblem {
  const end = text.indexOf(text.charAt(position), position + 1);
  if (end < 0) return problemAt(position, 'the string does not end');
  return { kind: 'string', text: text.slice(position + 1, end), position };
}

function tokenAt(text: string, position: number): Token | ExpressionProblem {
  const character = text.charAt(position);
  if (character === '"' || character === "'") return stringAt(text, position);
  const symbol = SYMBOLS.find(known => text.startsWith(known, position));
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, position };
  const word = matchAt(WORD, text, position);
  if (word === '') return problemAt(position, `"${character}" cannot stand here`);
  if (word.length > MAX_LABEL_LENGTH)
    return problemAt(position, `a label has at most ${MAX_LABEL_LENGTH} characters, this one has ${word.length}`);
  return { kind: 'word', text: word, position };
}

/** How many characters of the text a token takes. */
const widthOf = ({ kind, text }: Token): number => (kind === 'string' ? text.length + 2 : text.length);

function tokensOf(text: string): readonly Token[] | ExpressionProblem {
  const tokens: Token[] = [];
  for (let position = matchAt(BLANK, text, 0).length; position < text.length; ) {
    const token = tokenAt(text, position);
    if ('problem' in token) return token;
    tokens.push(token);
    position += widthOf(token);
    position += matchAt(BLANK, text, position).length;
  }
  return tokens;
}

/** Reads tokens one by one; the first problem ends it. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  whole(): Expression | ExpressionProblem {
    if (this.#tokens.length === 0) return ALL;
    const expression = this.#either(0);
    if ('problem' in expression) return expression;
    return this.#peek() === undefined ? expression : this.#expected('&&, || or the end');
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** Takes a symbol if it is the next token. */
  #take(symbol: string): boolean {
    const token = this.#peek();
    const isNext = token?.kind === 'symbol' && token.text === symbol;
    if (isNext) this.#next += 1;
    return isNext;
  }

  #takeKind(kind: Token['kind']): Token | undefined {
    const token = this.#peek();
    if (token?.kind !== kind) return undefined;
    this.#next += 1;
    return token;
  }

  #expected(what: string): ExpressionProblem {
    const token = this.#peek();
    if (token === undefined) return problemAt(this.#text.length, `it ends where ${what} is expected`);
    return problemAt(token.position, `expected ${what}, found ${JSON.stringify(token.text)}`);
  }

  /** Operands with this symbol between them; one alone is itself. */
  #chain(
    kind: 'and' | 'or',
    symbol: string,
    operand: () => Expression | ExpressionProblem,
  ): Expression | ExpressionProblem {
    const parts: Expression[] = [];
    do {
      const part = operand();
      if ('problem' in part) return part;
      parts.push(part);
    } while (this.#take(symbol));
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { kind, parts };
  }

  #either(depth: number): Expression | ExpressionProblem {
    return this.#chain('or', '||', () => this.#chain('and', '&&', () => this.#operation(depth)));
  }

  /** Any number of `!`, of which two cancel each other, before one comparison, function or expression in parentheses. */
  #operation(depth: number): Expression | ExpressionProblem {
    let negated = false;
    while (this.#take('!')) negated = !negated;
    const part = this.#positive(depth);
    return 'problem' in part || !negated ? part : { kind: 'not', part };
  }

  #positive(depth: number): Expression | ExpressionProblem {
    if (this.#take('(')) return this.#parenthesized(depth + 1);
    const word = this.#takeKind('word');
    if (word === undefined) return this.#expected('a label, a function or "("');
    return this.#isCall(word) ? this.#call(word) : this.#comparison(word.text);
  }

  #parenthesized(depth: number): Expression | ExpressionProblem {
    if (depth > MAX_EXPRESSION_DEPTH)
      return this.#expected(`no more than ${MAX_EXPRESSION_DEPTH} levels of parentheses`);
    const inner = this.#either(depth);
    if ('problem' in inner) return inner;
    return this.#take(')') ? inner : this.#expected('")"');
  }

  /** A function has its parenthesis without a blank: `has` with one is a label. */
  #isCall({ text, position }: Token): boolean {
    return ['has', 'all', 'global'].includes(text) && this.#text.charAt(position + text.length) === '(';
  }

  #call({ text }: Token): Expression | ExpressionProblem {
    this.#take('(');
    const label = text === 'has' ? this.#takeKind('word') : undefined;
    if (text === 'has' && label === undefined) return this.#expected('a label');
    if (!this.#take(')')) return this.#expected('")"');
    if (label !== undefined) return requirement(label.text, 'Exists');
    return text === 'global' ? { kind: 'global' } : ALL;
  }

  #comparison(key: string): Expression | ExpressionProblem {
    if (this.#take('==')) return this.#compared(value => requirement(key, 'In', [value]));
    if (this.#take('!=')) return this.#compared(value => requirement(key, 'NotIn', [value]));
    const start = this.#next;
    const operator = this.#operatorWord();
    if (operator === 'in') return this.#set(values => requirement(key, 'In', values));
    if (operator === 'notin') return this.#set(values => requirement(key, 'NotIn', values));
    const test = TEXT_TESTS.get(operator);
    if (test !== undefined) return this.#compared(text => ({ kind: 'text', key, test, text }));
    this.#next = start;
    return this.#expected(`an operator after the label ${JSON.stringify(key)}`);
  }

  /** The next word, with the second one of an operator of two; empty where there is none. */
  #operatorWord(): string {
    const first = this.#takeKind('word')?.text ?? '';
    const second = SECOND_WORDS.get(first);
    return second !== undefined && this.#takeKind('word')?.text === second ? first + second : first;
  }

  #compared(of: (value: string) => Expression): Expression | ExpressionProblem {
    const value = this.#takeKind('string');
    return value === undefined ? this.#expected('a string in quotes') : of(value.text);
  }

  /** A set may be empty, and may end with a comma. */
  #set(of: (values: readonly string[]) => Expression): Expression | ExpressionProblem {
    if (!this.#take('{')) return this.#expected('"{"');
    const values: string[] = [];
    for (let value = this.#takeKind('string'); value !== undefined; value = this.#takeKind('string')) {
      values.push(value.text);
      if (!this.#take(',')) break;
    }
    return this.#take('}') ? of(values) : this.#expected('a string in quotes, "," or "}"');
  }
}

/**
 * Reads a selector of Calico. Blanks are spaces and tabs, and no ends of lines; the empty selector is `all()`. Linear in the length of the text.
 * Source: https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selectors
 */
export function parseExpression(text: string): Expression | ExpressionProblem {
  if (text.length > MAX_EXPRESSION_LENGTH)
    return problemAt(MAX_EXPRESSION_LENGTH, `it is longer than ${MAX_EXPRESSION_LENGTH} characters`);
  const tokens = tokensOf(text);
  return 'problem' in tokens ? tokens : new Parser(text, tokens).whole();
}
