/**
 * Calico's selectors once more, for the oracle: the text is rewritten into reverse Polish notation by operator precedence (Dijkstra's shunting yard),
 * and each operand is recognised as a whole by one pattern. Nothing of src may be imported here.
 */

/** Labels, and what is to be taken for true of a key of which nothing is known: whatever is asked of it. */
export interface OracleLabels extends Pick<ReadonlyMap<string, string>, 'get' | 'has'> {
  readonly guess?: (key: string) => boolean | undefined;
}
export type Predicate = (labels: OracleLabels) => boolean;

const KEY = '([A-Za-z0-9_./-]+)';
const TEXT = `("[^"]*"|'[^']*')`;
const S = '[ \\t]*';
const END = '(?![A-Za-z0-9_./-])';

const unquote = (text: string): string => text.slice(1, -1);
const listOf = (text: string): string[] => [...text.matchAll(new RegExp(TEXT, 'g'))].map(match => unquote(match[0]));

/** The operands, most special first: a pattern, and what it means. */
const OPERANDS: readonly (readonly [RegExp, (groups: readonly string[]) => Predicate])[] = [
  [
    new RegExp(`^has\\(${S}${KEY}${S}\\)`),
    ([key = '']) =>
      labels =>
        labels.has(key),
  ],
  [new RegExp(`^all\\(${S}\\)`), () => () => true],
  [new RegExp(`^global\\(${S}\\)`), () => labels => !labels.has('projectcalico.org/namespace')],
  [
    new RegExp(`^${KEY}${S}(==|!=)${S}${TEXT}`),
    ([key = '', operator, value = '']) =>
      labels =>
        (labels.get(key) === unquote(value)) === (operator === '=='),
  ],
  [
    new RegExp(`^${KEY}${S}(contains|starts${S}with|ends${S}with)${END}${S}${TEXT}`),
    ([key = '', operator = '', value = '']) =>
      labels => {
        const held = labels.get(key);
        if (held === undefined) return false;
        const part = unquote(value);
        if (operator === 'contains') return held.split(part).length > 1 || part === '';
        if (operator.startsWith('starts')) return held.slice(0, part.length) === part;
        return held.length >= part.length && held.slice(held.length - part.length) === part;
      },
  ],
  [
    new RegExp(`^${KEY}${S}(in|not${S}in)${END}${S}\\{${S}((?:${TEXT}${S},${S})*(?:${TEXT})?)${S}\\}`),
    ([key = '', operator, values = '']) =>
      labels => {
        const held = labels.get(key);
        const isListed = held !== undefined && listOf(values).includes(held);
        return operator === 'in' ? isListed : !isListed;
      },
  ],
];

const RANK: Readonly<Record<string, number>> = { '||': 1, '&&': 2, '!': 3 };
const SYMBOLS = ['&&', '||', '!', '(', ')'];

/** Dijkstra's yard: operands wait in `output`, operators until a weaker one comes. */
class Yard {
  #rest: string;
  #needsOperand = true;
  readonly #output: Predicate[] = [];
  readonly #operators: string[] = [];

  constructor(source: string) {
    this.#rest = source;
    this.#skip(0);
  }

  run(): Predicate {
    if (this.#rest === '') return () => true;
    while (this.#rest !== '') this.#next();
    this.#expectOperand(false);
    while (this.#operators.length > 0) this.#apply(this.#operators.pop());
    return this.#take();
  }

  #skip(length: number): void {
    this.#rest = this.#rest.slice(length).replace(/^[ \t]+/, '');
  }

  #expectOperand(wanted: boolean): void {
    if (this.#needsOperand !== wanted) throw new Error(`no selector, from ${this.#rest} on`);
  }

  #next(): void {
    const symbol = SYMBOLS.find(one => this.#rest.startsWith(one));
    if (symbol === undefined) {
      this.#operand();
      return;
    }
    this.#expectOperand(symbol === '(' || symbol === '!');
    if (symbol === '(' || symbol === '!') this.#operators.push(symbol);
    else if (symbol === ')') this.#close();
    else this.#infix(symbol);
    this.#skip(symbol.length);
  }

  #operand(): void {
    this.#expectOperand(true);
    const found = OPERANDS.map(([pattern, of]) => ({ match: pattern.exec(this.#rest), of })).find(
      ({ match }) => match !== null,
    );
    if (!found?.match) throw new Error(`no operand: ${this.#rest}`);
    const groups = found.match.slice(1);
    const holds = found.of(groups);
    const [key] = groups;
    this.#output.push(labels => (key === undefined ? undefined : labels.guess?.(key)) ?? holds(labels));
    this.#needsOperand = false;
    this.#skip(found.match[0].length);
  }

  #infix(symbol: string): void {
    while ((RANK[this.#operators.at(-1) ?? ''] ?? 0) >= (RANK[symbol] ?? 0)) this.#apply(this.#operators.pop());
    this.#operators.push(symbol);
    this.#needsOperand = true;
  }

  #close(): void {
    for (let top = this.#operators.pop(); top !== '('; top = this.#operators.pop()) this.#apply(top);
  }

  #take(): Predicate {
    const last = this.#output.pop();
    if (last === undefined) throw new Error('an operand is missing');
    return last;
  }

  #apply(operator: string | undefined): void {
    if (operator === undefined || operator === '(') throw new Error('parentheses do not match');
    const right = this.#take();
    if (operator === '!') {
      this.#output.push(labels => !right(labels));
      return;
    }
    const left = this.#take();
    const both: Predicate = labels => left(labels) && right(labels);
    this.#output.push(operator === '&&' ? both : labels => left(labels) || right(labels));
  }
}

/** Reads a selector; throws where it is none. */
export const calicoSelector = (source: string): Predicate => new Yard(source).run();
