import { CHOMPING_MODE, EVENT_ID, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { PathSegment } from '../../core/field-path.ts';
import type { Scalars } from './scalars.ts';

/** Where a key and its value, or an item twice, stand in the text: offsets. A value that nothing is written for has none. */
export interface Place {
  readonly mark: number;
  readonly value: number;
}

/** Where everything in a document stands. */
export interface Places {
  /** Of the value of the document. */
  start: number;
  /** By mapping or list: where what it holds stands. */
  readonly parts: Map<object, Map<PathSegment, Place>>;
}

type Mapping = Record<string, unknown>;

/** Thrown where a document is not in the plain style: one for all, since to note where it was thrown costs more than to read a document. */
const NOT_PLAIN = new Error('not in the plain style');

/** Line breaks of `\n` alone, no tabs, no character that is two UTF-16 units or that some reader takes for a break. */
const STRANGE = /[^\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** By code of a character up to 127. */
const tableOf = (characters: RegExp): Uint8Array =>
  Uint8Array.from({ length: 128 }, (_, code) => (characters.test(String.fromCharCode(code)) ? 1 : 0));

const LETTER = tableOf(/[A-Za-z]/);
const KEY_PART = tableOf(/[\w./-]/);
/** What starts a plain scalar and nothing else; a dash does where no space follows. */
const STARTS_SCALAR = tableOf(/[\w$()+./;<=\\^~-]/);
const STARTS_NUMBER = tableOf(/[-+.\d]/);
/** What a plain scalar in a flow collection holds, a colon aside. */
const FLOW_PART = tableOf(/[\w $%&()*+./;<=>@\\^~|!"'`-]/);

const [BREAK, SPACE, QUOTE, HASH, APOSTROPHE, COMMA, DASH, COLON] = [10, 32, 34, 35, 39, 44, 45, 58];
const [OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_MAPPING, PIPE, CLOSE_MAPPING, GREATER] = [91, 92, 93, 123, 124, 125, 62];

/** A key this long may be none (YAML 1.2.2, 7.4.2). */
const MAX_KEY_LENGTH = 1000;

const BLOCK_HEADER = /[|>]([+-]?) *\n/y;
const BLANK_LINES = /(?: *\n)*/y;

/** A document in the plain style, cut line by line. Offsets are into its text, which ends with a line break. */
class PlainDocument {
  readonly #text: string;
  readonly #scalars: Scalars;
  readonly #maxDepth: number;
  readonly #places: Places | undefined;
  /** What is read next: at the start of a line behind its indentation, but while a line is read. */
  #at = 0;
  /** Of what is read next; -1 at the end of the document. */
  #column = 0;
  #depth = 0;

  constructor(text: string, maxDepth: number, scalars: Scalars, places: Places | undefined) {
    this.#text = text;
    this.#scalars = scalars;
    this.#maxDepth = maxDepth;
    this.#places = places;
  }

  read(): Mapping | unknown[] {
    this.#seekLine(0);
    if (this.#text.startsWith('---', this.#at) && this.#column === 0) {
      this.#at += 3;
      this.#endLine();
    }
    if (this.#places !== undefined) this.#places.start = this.#at;
    const value = this.#isEntry() ? this.#list(this.#column) : this.#mapping(this.#column);
    if (this.#column !== -1) throw NOT_PLAIN;
    return value;
  }

  /** Goes on to the next line from this offset, the start of one, that holds more than a comment. */
  #seekLine(from: number): void {
    const text = this.#text;
    let start = from;
    for (;;) {
      let at = start;
      while (text.charCodeAt(at) === SPACE) at += 1;
      if (at >= text.length) {
        this.#column = -1;
        return;
      }
      const code = text.charCodeAt(at);
      if (code !== BREAK && code !== HASH) {
        this.#at = at;
        this.#column = at - start;
        return;
      }
      start = text.indexOf('\n', at) + 1;
    }
  }

  /** Goes on to the next line; nothing but a comment may stand on the rest of this one. */
  #endLine(): void {
    const text = this.#text;
    const from = this.#at;
    let at = from;
    while (text.charCodeAt(at) === SPACE) at += 1;
    const code = text.charCodeAt(at);
    if (code !== BREAK && (code !== HASH || at === from)) throw NOT_PLAIN;
    this.#seekLine(code === BREAK ? at + 1 : text.indexOf('\n', at) + 1);
  }

  #isEntry(): boolean {
    const code = this.#text.charCodeAt(this.#at + 1);
    return this.#text.charCodeAt(this.#at) === DASH && (code === SPACE || code === BREAK);
  }

  #enter(): void {
    this.#depth += 1;
    // A scalar in it is one level more.
    if (this.#depth >= this.#maxDepth - 1) throw NOT_PLAIN;
  }

  #note(holder: object, part: PathSegment, mark: number, value: number): void {
    if (this.#places === undefined) return;
    const { parts } = this.#places;
    const known = parts.get(holder) ?? new Map<PathSegment, Place>();
    parts.set(holder, known.set(part, { mark, value }));
  }

  /** A text in block style starts behind its sign. */
  #startOfValue(): number {
    const code = this.#text.charCodeAt(this.#at);
    return code === PIPE || code === GREATER ? this.#text.indexOf('\n', this.#at) + 1 : this.#at;
  }

  #mapping(column: number): Mapping {
    this.#enter();
    const mapping: Mapping = {};
    while (this.#column === column) {
      const mark = this.#at;
      const key = this.#key();
      if (key === undefined || Object.hasOwn(mapping, key)) throw NOT_PLAIN;
      const value = this.#valueBehindKey(mapping, key, mark, column);
      mapping[key] = value;
    }
    if (this.#column > column) throw NOT_PLAIN;
    this.#depth -= 1;
    return mapping;
  }

  #valueBehindKey(mapping: Mapping, key: string, mark: number, column: number): unknown {
    if (!this.#skipToValue()) {
      this.#note(mapping, key, mark, this.#startOfValue());
      return this.#inLine(column);
    }
    const isNested = this.#column > column || (this.#column === column && this.#isEntry());
    this.#note(mapping, key, mark, isNested ? this.#startOfValue() : mark);
    return isNested ? this.#node(column) : null;
  }

  /** Whether the value does not stand on this line: what is read next is then a later one. */
  #skipToValue(): boolean {
    const text = this.#text;
    let at = this.#at;
    while (text.charCodeAt(at) === SPACE) at += 1;
    const code = text.charCodeAt(at);
    if (code === BREAK || code === HASH) {
      this.#endLine();
      return true;
    }
    this.#at = at;
    return false;
  }

  #list(column: number): unknown[] {
    this.#enter();
    const list: unknown[] = [];
    while (this.#column === column && this.#isEntry()) list.push(this.#item(list, column));
    if (this.#column > column) throw NOT_PLAIN;
    this.#depth -= 1;
    return list;
  }

  #item(list: unknown[], column: number): unknown {
    const lineStart = this.#at - column;
    this.#at += 1;
    if (this.#skipToValue()) {
      if (this.#column <= column) return null;
    } else this.#column = this.#at - lineStart;
    const start = this.#startOfValue();
    this.#note(list, list.length, start, start);
    return this.#node(column);
  }

  /** A value that starts here; `column`: of what holds it. */
  #node(column: number): unknown {
    if (this.#isEntry()) return this.#list(this.#column);
    return this.#startsWithKey() ? this.#mapping(this.#column) : this.#inLine(column);
  }

  #startsWithKey(): boolean {
    const from = this.#at;
    const isKey = this.#key() !== undefined;
    this.#at = from;
    return isKey;
  }

  /** The key that stands here, with its colon; `undefined`, and nothing is read: there is none of the plain style. */
  #key(): string | undefined {
    const text = this.#text;
    const start = this.#at;
    const first = text.charCodeAt(start);
    const isQuoted = first === QUOTE || first === APOSTROPHE;
    const end = isQuoted ? text.indexOf(first === QUOTE ? '"' : "'", start + 1) : this.#endOfKey(start);
    const colon = isQuoted ? end + 1 : end;
    const next = text.charCodeAt(colon + 1);
    if (end === -1 || text.charCodeAt(colon) !== COLON || (next !== SPACE && next !== BREAK)) return undefined;
    const key = text.slice(isQuoted ? start + 1 : start, end);
    const isPlain = isQuoted ? !/[\\\n]/.test(key) && key !== '__proto__' : !this.#scalars.words.has(key);
    if (!isPlain || key.length > MAX_KEY_LENGTH) return undefined;
    this.#at = colon + 1;
    return key;
  }

  /** Of a key in no quotes; -1: what starts with this is none. */
  #endOfKey(start: number): number {
    const text = this.#text;
    if (LETTER[text.charCodeAt(start)] !== 1) return -1;
    let at = start + 1;
    while (KEY_PART[text.charCodeAt(at)] === 1) at += 1;
    return at;
  }

  /** A value on the rest of the line, which is read to its end; `column`: of what holds it. */
  #inLine(column: number): unknown {
    const code = this.#text.charCodeAt(this.#at);
    if (code === PIPE || code === GREATER) return this.#block(column, code === PIPE);
    const value =
      code === QUOTE || code === APOSTROPHE
        ? this.#quoted(code)
        : code === OPEN_LIST || code === OPEN_MAPPING
          ? this.#flow()
          : this.#plain();
    this.#endLine();
    return value;
  }

  #quoted(quote: number): string {
    const text = this.#text;
    const start = this.#at + 1;
    let hasTwo = false;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === BREAK || (code === BACKSLASH && quote === QUOTE)) throw NOT_PLAIN;
      if (code === quote) {
        if (quote === QUOTE || text.charCodeAt(at + 1) !== quote) break;
        hasTwo = true;
        at += 1;
      }
      at += 1;
    }
    this.#at = at + 1;
    const value = text.slice(start, at);
    return hasTwo ? value.replaceAll("''", "'") : value;
  }

  #plain(): unknown {
    const text = this.#text;
    const start = this.#at;
    if (!this.#startsScalar()) throw NOT_PLAIN;
    const lineEnd = text.indexOf('\n', start);
    let end = start + 1;
    for (let at = end; at < lineEnd; at += 1) {
      const code = text.charCodeAt(at);
      if (code === HASH && end < at) break;
      if (code === COLON && (text.charCodeAt(at + 1) === SPACE || at + 1 === lineEnd)) throw NOT_PLAIN;
      if (code !== SPACE) end = at + 1;
    }
    this.#at = end;
    return this.#scalar(text.slice(start, end));
  }

  #startsScalar(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    return STARTS_SCALAR[code] === 1 && !this.#isEntry();
  }

  #scalar(source: string): unknown {
    const { words, readNumber } = this.#scalars;
    const word = words.get(source);
    const value = word === undefined && STARTS_NUMBER[source.charCodeAt(0)] === 1 ? readNumber(source) : word;
    // What JSON cannot write is refused elsewhere.
    if (typeof value === 'number' && !Number.isFinite(value)) throw NOT_PLAIN;
    return value === undefined ? source : value;
  }

  /** A text of several lines; `column`: of what holds it. */
  #block(column: number, isLiteral: boolean): string {
    const text = this.#text;
    BLOCK_HEADER.lastIndex = this.#at;
    const header = BLOCK_HEADER.exec(text);
    if (header === null) throw NOT_PLAIN;
    const valueStart = BLOCK_HEADER.lastIndex;
    BLANK_LINES.lastIndex = valueStart;
    const first = valueStart + (BLANK_LINES.exec(text)?.[0].length ?? 0);
    let indent = 0;
    while (text.charCodeAt(first + indent) === SPACE) indent += 1;
    const isDeeper = text
      .slice(valueStart, first)
      .split('\n')
      .some(({ length }) => length > indent);
    if (indent <= Math.max(column, 0) || first + indent >= text.length || isDeeper) throw NOT_PLAIN;
    const valueEnd = this.#endOfBlock(first, ' '.repeat(indent));
    const [, sign] = header;
    const { STRIP, KEEP, CLIP } = CHOMPING_MODE;
    const event: ScalarEvent = {
      ...{ type: EVENT_ID.SCALAR, valueStart, valueEnd, indent, fast: false },
      ...{ anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 },
      style: isLiteral ? SCALAR_STYLE.LITERAL_BLOCK : SCALAR_STYLE.FOLDED_BLOCK,
      chomping: sign === '-' ? STRIP : sign === '+' ? KEEP : CLIP,
    };
    this.#seekLine(valueEnd);
    return getScalarValue(text, event);
  }

  /** The start of the first line that neither is indented so far nor blank. */
  #endOfBlock(first: number, indentation: string): number {
    const text = this.#text;
    let at = first;
    for (;;) {
      while (at < text.length && text.startsWith(indentation, at)) at = text.indexOf('\n', at) + 1;
      BLANK_LINES.lastIndex = at;
      const blank = BLANK_LINES.exec(text)?.[0].length ?? 0;
      if (blank === 0) return at;
      at += blank;
    }
  }

  /** A value in brackets that ends on its line. */
  #flow(): unknown {
    const code = this.#text.charCodeAt(this.#at);
    if (code === OPEN_LIST) return this.#flowList();
    if (code === OPEN_MAPPING) return this.#flowMapping();
    if (code === QUOTE || code === APOSTROPHE) return this.#quoted(code);
    if (!this.#startsScalar()) throw NOT_PLAIN;
    const start = this.#at;
    let end = start + 1;
    for (let at = end; this.#isFlowPart(at); at += 1) if (this.#text.charCodeAt(at) !== SPACE) end = at + 1;
    this.#at = end;
    return this.#scalar(this.#text.slice(start, end));
  }

  #isFlowPart(at: number): boolean {
    const code = this.#text.charCodeAt(at);
    return FLOW_PART[code] === 1 || (code === COLON && KEY_PART[this.#text.charCodeAt(at + 1)] === 1);
  }

  #skipSpaces(): void {
    while (this.#text.charCodeAt(this.#at) === SPACE) this.#at += 1;
  }

  /** Whether what stands here closes the collection; else there must be a comma between two parts. */
  #closes(sign: number, isFirst: boolean): boolean {
    this.#skipSpaces();
    const code = this.#text.charCodeAt(this.#at);
    if (code === sign) {
      this.#at += 1;
      this.#depth -= 1;
      return true;
    }
    if (isFirst) return false;
    if (code !== COMMA) throw NOT_PLAIN;
    this.#at += 1;
    this.#skipSpaces();
    return false;
  }

  #flowList(): unknown[] {
    this.#enter();
    this.#at += 1;
    const list: unknown[] = [];
    while (!this.#closes(CLOSE_LIST, list.length === 0)) {
      this.#note(list, list.length, this.#at, this.#at);
      list.push(this.#flow());
    }
    return list;
  }

  #flowMapping(): Mapping {
    this.#enter();
    this.#at += 1;
    const mapping: Mapping = {};
    for (let isFirst = true; !this.#closes(CLOSE_MAPPING, isFirst); isFirst = false) {
      const mark = this.#at;
      const key = this.#key();
      if (key === undefined || Object.hasOwn(mapping, key)) throw NOT_PLAIN;
      this.#skipSpaces();
      this.#note(mapping, key, mark, this.#at);
      mapping[key] = this.#flow();
    }
    return mapping;
  }
}

/**
 * The value of a document in the style of nearly all manifests: block collections, scalars on one line or in block style, flow collections on one line;
 * no anchors, tags, merges, escapes, tabs. `undefined`: it is of another style, or faulty; the whole grammar is to read it. What is returned is what the
 * whole grammar says, in a third of the time. `places`: takes where everything stands.
 */
export function readPlain(text: string, maxDepth: number, scalars: Scalars, places?: Places): unknown {
  if (STRANGE.test(text)) return undefined;
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  try {
    return new PlainDocument(whole, maxDepth, scalars, places).read();
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}
