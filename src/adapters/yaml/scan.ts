import { SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { COLON, Cursor, DASH, HASH, isBlank, isBlankOrEnd, isBreak, TAB } from './cursor.ts';
import { type Block, CANNOT_INDENT, scanBlockScalar } from './scan-block.ts';

/** What the scanner tells apart. Collections in block style have no signs of their own: indentation starts and ends them. */
type TokenType =
  | 'document-start'
  | 'end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'flow-entry'
  | 'block-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

/** `start` and `end` are offsets; of a scalar those of its value, inside its quotes. */
export interface Token {
  readonly type: TokenType;
  readonly start: number;
  readonly end: number;
  /** `undefined` of what is no scalar. */
  readonly scalar: Scalar | undefined;
}

/** How the value of a scalar is to be read. */
export type Scalar = Pick<ScalarEvent, 'style' | 'chomping' | 'indent' | 'fast'>;

/** Something that is the key of a mapping if a colon follows on its line, within 1024 characters. */
interface PossibleKey {
  readonly token: number;
  readonly at: number;
  readonly line: number;
  readonly column: number;
  /** It stands where in its block nothing but a key can stand. */
  readonly isRequired: boolean;
}

const MAX_KEY_LENGTH = 1024;
const BYTE_ORDER_MARK = 0xfeff;
const MISSED_COLON = "could not find expected ':'";
const CANNOT_START = new Set([...'-?:,[]{}#&*!|>\'"%@`']);
/** By code of a character up to 127: whether a plain scalar may go on with it, whatever follows. */
const plainRun = (without: string): Uint8Array => {
  const codes = Uint8Array.from({ length: 128 }, (_, code) => (isBlankOrEnd(code) ? 0 : 1));
  for (const sign of without) codes[sign.charCodeAt(0)] = 0;
  return codes;
};
const BLOCK_RUN = plainRun(':');
const FLOW_RUN = plainRun(':,?[]{}');
/** Signs that start a plain scalar and nothing else, by code. */
const STARTS_PLAIN = plainRun([...CANNOT_START].join(''));

const ANCHOR = /[\w-]+(?=[\s\0\u2028\u2029?:,\]}%@`])/y;
const URI = String.raw`(?:[\w\-;/?:@&=+$,.!~*'()[\]]|%[\da-fA-F]{2})`;
/** `!`, `!!suffix`, `!suffix` and `!<uri>`; a third handle would have to be declared by a directive. */
const TAG = new RegExp(`!(?:<${URI}+>|!${URI}+|(?![\\w-]*!)${URI}+|)(?=[\\s\\0\\u2028\\u2029])`, 'y');
/** Escapes of quoted scalars as YAML 1.1 has them. */
const ESCAPE = /\\(?:[0abt\tnvfre "'\\N_LP]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})/y;

const PLAIN: Scalar = { style: SCALAR_STYLE.PLAIN, chomping: 1, indent: -1, fast: true };

function isNoCharacter(escaped: string): boolean {
  const code = escaped.length > 3 ? Number.parseInt(escaped.slice(2), 16) : 0;
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
}

/**
 * Cuts a document into tokens as libyaml does, the reader of Kubernetes. Where it departs from YAML 1.2: flow collections and quoted scalars may be
 * indented in any way, `?` ends a plain scalar in a flow collection, `#` starts a comment wherever a token may start.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #tokens: Token[] = [];
  #head = 0;
  /** The token that was last looked at and stays the next one, until it is taken. */
  #next: Token | undefined;
  /** Tokens that were taken. */
  #taken = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  #canBeKey = true;
  /** One of each flow collection that is open, and one of the block around them. */
  readonly #keys: (PossibleKey | undefined)[] = [undefined];
  readonly #keyByToken = new Map<number, PossibleKey>();

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  /** The next token, which stays. */
  peek(): Token {
    if (this.#next !== undefined) return this.#next;
    while (this.#needsMore()) this.#fetch();
    this.#next = this.#tokens[this.#head] ?? this.#cursor.fault('the document ends too early');
    return this.#next;
  }

  /** The next token. */
  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    this.#head += 1;
    this.#taken += 1;
    if (this.#head > 64 && this.#head * 2 > this.#tokens.length) {
      this.#tokens.splice(0, this.#head);
      this.#head = 0;
    }
    return token;
  }

  /** A token in front of which another may be put, once a colon shows that it was a key, cannot be taken yet. */
  #needsMore(): boolean {
    if (this.#head === this.#tokens.length) return true;
    const key = this.#keyByToken.get(this.#taken);
    return key !== undefined && this.#isStillPossible(key);
  }

  get #flow(): number {
    return this.#keys.length - 1;
  }

  #push(type: TokenType, start: number, end: number, scalar?: Scalar): void {
    this.#tokens.push({ type, start, end, scalar });
  }

  /** Puts a token in front of others, which move on by one: most often of one alone. */
  #insert(type: TokenType, before: number, at: number): void {
    const tokens = this.#tokens;
    const place = this.#head + before - this.#taken;
    for (let index = tokens.length; index > place; index -= 1) {
      const moved = tokens[index - 1];
      if (moved !== undefined) tokens[index] = moved;
    }
    tokens[place] = { type, start: at, end: at, scalar: undefined };
  }

  /** A sign of one character. */
  #sign(type: TokenType): void {
    const { at } = this.#cursor;
    this.#cursor.skip();
    this.#push(type, at, at + 1);
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#unroll(cursor.column);
    if (cursor.isAtEnd || (cursor.column === 0 && this.#fetchMarker())) {
      if (cursor.isAtEnd) this.#fetchEnd();
      return;
    }
    if (STARTS_PLAIN[cursor.peek(0)] === 1) this.#fetchPlain();
    else this.#fetchSign(cursor.text.charAt(cursor.at));
  }

  #fetchSign(sign: string): void {
    const cursor = this.#cursor;
    if (this.#fetchFlow(sign) || this.#fetchIndicator(sign) || this.#fetchScalar(sign)) return;
    const next = cursor.peek(1);
    const isPlain =
      !CANNOT_START.has(sign) && !isBlankOrEnd(cursor.peek(0))
        ? true
        : sign === '-'
          ? !isBlank(next)
          : this.#flow === 0 && (sign === '?' || sign === ':') && !isBlankOrEnd(next);
    if (sign === '\t') cursor.fault(`tab characters ${CANNOT_INDENT}`);
    if (!isPlain) cursor.fault('found character that cannot start any token');
    this.#fetchPlain();
  }

  #fetchPlain(): void {
    this.#saveKey();
    this.#canBeKey = false;
    this.#scanPlain();
  }

  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      if (cursor.column === 0 && cursor.peek(0) === BYTE_ORDER_MARK) cursor.skip();
      this.#skipBlanks();
      if (cursor.peek(0) === HASH) cursor.skipLine();
      if (!isBreak(cursor.peek(0))) return;
      cursor.skipBreak();
      if (this.#flow === 0) this.#canBeKey = true;
    }
  }

  /** A tab is no indentation: where a key can start it may not stand. */
  #skipBlanks(): void {
    const takesTabs = this.#flow > 0 || !this.#canBeKey;
    for (let code = this.#cursor.peek(0); code === 32 || (takesTabs && code === TAB); code = this.#cursor.peek(0))
      this.#cursor.skip();
  }

  /** Markers of documents. */
  #fetchMarker(): boolean {
    const cursor = this.#cursor;
    if (cursor.text.charAt(cursor.at) === '%') cursor.fault('kubectl takes no directives');
    if (!cursor.isAtMarker) return false;
    this.#unroll(-1);
    this.#removeKey();
    this.#canBeKey = false;
    const { at } = cursor;
    const isStart = cursor.peek(0) === DASH;
    cursor.skip(3);
    this.#push(isStart ? 'document-start' : 'end', at, cursor.at);
    return true;
  }

  #fetchEnd(): void {
    // Nothing can be a key any more, as if a line had ended here.
    this.#cursor.line += 1;
    this.#unroll(-1);
    this.#removeKey();
    this.#canBeKey = false;
    this.#push('end', this.#cursor.at, this.#cursor.at);
  }

  #fetchFlow(sign: string): boolean {
    if (sign === '[' || sign === '{') {
      this.#saveKey();
      this.#keys.push(undefined);
      this.#canBeKey = true;
      this.#sign(sign === '[' ? 'flow-sequence-start' : 'flow-mapping-start');
      return true;
    }
    if (sign === ']' || sign === '}') {
      this.#removeKey();
      if (this.#flow > 0) this.#keys.pop();
      this.#canBeKey = false;
      this.#sign(sign === ']' ? 'flow-sequence-end' : 'flow-mapping-end');
      return true;
    }
    if (sign !== ',') return false;
    this.#removeKey();
    this.#canBeKey = true;
    this.#sign('flow-entry');
    return true;
  }

  #fetchIndicator(sign: string): boolean {
    const isApart = isBlankOrEnd(this.#cursor.peek(1));
    if (sign === '-' && isApart) this.#fetchEntry();
    else if (sign === '?' && (this.#flow > 0 || isApart)) this.#fetchKey();
    else if (sign === ':' && (this.#flow > 0 || isApart)) this.#fetchValue();
    else if (sign === '*' || sign === '&') this.#fetchName(sign === '*' ? 'alias' : 'anchor');
    else if (sign === '!') this.#fetchTag();
    else return false;
    return true;
  }

  #fetchEntry(): void {
    if (this.#flow === 0) {
      if (!this.#canBeKey) this.#cursor.fault('block sequence entries are not allowed in this context');
      this.#roll(this.#cursor.column, 'block-sequence-start');
    }
    this.#removeKey();
    this.#canBeKey = true;
    this.#sign('block-entry');
  }

  #fetchKey(): void {
    if (this.#flow === 0) {
      if (!this.#canBeKey) this.#cursor.fault('mapping keys are not allowed in this context');
      this.#roll(this.#cursor.column, 'block-mapping-start');
    }
    this.#removeKey();
    this.#canBeKey = this.#flow === 0;
    this.#sign('key');
  }

  #fetchValue(): void {
    const key = this.#keys.at(-1);
    if (key !== undefined && this.#isStillPossible(key)) {
      this.#insert('key', key.token, key.at);
      if (this.#flow === 0 && this.#indent < key.column) {
        this.#indents.push(this.#indent);
        this.#indent = key.column;
        this.#insert('block-mapping-start', key.token, key.at);
      }
      this.#forgetKey();
      this.#canBeKey = false;
    } else {
      if (this.#flow === 0) {
        if (!this.#canBeKey) this.#cursor.fault('mapping values are not allowed in this context');
        this.#roll(this.#cursor.column, 'block-mapping-start');
      }
      this.#canBeKey = this.#flow === 0;
    }
    this.#sign('value');
  }

  #fetchName(type: 'alias' | 'anchor'): void {
    this.#saveKey();
    this.#canBeKey = false;
    this.#cursor.skip();
    const { at } = this.#cursor;
    if (!this.#cursor.skipMatch(ANCHOR)) this.#cursor.fault('did not find expected alphabetic or numeric character');
    this.#push(type, at, this.#cursor.at);
  }

  #fetchTag(): void {
    this.#saveKey();
    this.#canBeKey = false;
    const { at } = this.#cursor;
    if (!this.#cursor.skipMatch(TAG)) this.#cursor.fault('this is no tag');
    this.#push('tag', at, this.#cursor.at);
  }

  #fetchScalar(sign: string): boolean {
    if ((sign === '|' || sign === '>') && this.#flow === 0) {
      this.#removeKey();
      this.#canBeKey = true;
      this.#pushBlock(scanBlockScalar(this.#cursor, this.#indent));
      return true;
    }
    if (sign !== "'" && sign !== '"') return false;
    this.#saveKey();
    this.#canBeKey = false;
    this.#scanQuoted(sign);
    return true;
  }

  #pushBlock({ start, end, ...scalar }: Block): void {
    this.#push('scalar', start, end, { ...scalar, fast: false });
  }

  #scanQuoted(quote: string): void {
    const cursor = this.#cursor;
    cursor.skip();
    const { at: start, line } = cursor;
    let isSimple = true;
    while (!this.#isAtClosing(quote)) {
      if (cursor.isAtEnd) cursor.fault('found unexpected end of stream within a quoted scalar');
      if (cursor.isAtMarker) cursor.fault('found unexpected document indicator within a quoted scalar');
      if (this.#skipSpecial(quote)) isSimple = false;
      else cursor.skip();
    }
    const style = quote === "'" ? SCALAR_STYLE.SINGLE_QUOTED : SCALAR_STYLE.DOUBLE_QUOTED;
    this.#push('scalar', start, cursor.at, { ...PLAIN, style, fast: isSimple && cursor.line === line });
    cursor.skip();
  }

  #isAtClosing(quote: string): boolean {
    const { text, at } = this.#cursor;
    return text.charAt(at) === quote && (quote === '"' || text.charAt(at + 1) !== quote);
  }

  /** Line breaks, escapes and doubled quotes. */
  #skipSpecial(quote: string): boolean {
    const cursor = this.#cursor;
    const sign = cursor.text.charAt(cursor.at);
    if (isBreak(cursor.peek(0))) cursor.skipBreak();
    else if (sign === quote) cursor.skip(2);
    else if (sign === '\\' && quote === '"') this.#skipEscape();
    else return false;
    return true;
  }

  #skipEscape(): void {
    const cursor = this.#cursor;
    if (isBreak(cursor.peek(1))) {
      cursor.skip();
      cursor.skipBreak();
      return;
    }
    const { at } = cursor;
    if (!cursor.skipMatch(ESCAPE)) cursor.fault('found unknown escape character');
    if (isNoCharacter(cursor.text.slice(at, cursor.at))) cursor.fault('found invalid Unicode character escape code');
  }

  #scanPlain(): void {
    const cursor = this.#cursor;
    const { at: start, line } = cursor;
    let end = start;
    let endLine = line;
    let isAfterBreak = false;
    while (cursor.peek(0) !== HASH && !cursor.isAtMarker) {
      const before = cursor.at;
      this.#skipPlainText();
      if (cursor.at > before) {
        end = cursor.at;
        endLine = cursor.line;
        isAfterBreak = false;
      }
      if (!isBlank(cursor.peek(0)) && !isBreak(cursor.peek(0))) break;
      isAfterBreak = this.#skipPlainSpace(isAfterBreak);
      if (this.#flow === 0 && cursor.column <= this.#indent) break;
    }
    this.#push('scalar', start, end, endLine === line ? PLAIN : { ...PLAIN, fast: false });
    if (isAfterBreak) this.#canBeKey = true;
  }

  #skipPlainText(): void {
    const cursor = this.#cursor;
    const run = this.#flow > 0 ? FLOW_RUN : BLOCK_RUN;
    for (;;) {
      cursor.skipRun(run);
      const code = cursor.peek(0);
      const isPart = code === COLON ? !isBlankOrEnd(cursor.peek(1)) : code > 127 && !isBreak(code);
      if (!isPart) return;
      cursor.skip();
    }
  }

  /** Whether there was a line break since the last text. */
  #skipPlainSpace(wasAfterBreak: boolean): boolean {
    const cursor = this.#cursor;
    let isAfterBreak = wasAfterBreak;
    for (let code = cursor.peek(0); isBlank(code) || isBreak(code); code = cursor.peek(0)) {
      if (isBreak(code)) {
        cursor.skipBreak();
        isAfterBreak = true;
      } else {
        if (isAfterBreak && code === TAB && cursor.column <= this.#indent)
          cursor.fault(`tab characters ${CANNOT_INDENT}`);
        cursor.skip();
      }
    }
    return isAfterBreak;
  }

  #roll(column: number, type: TokenType): void {
    if (this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    this.#push(type, this.#cursor.at, this.#cursor.at);
  }

  #unroll(column: number): void {
    if (this.#flow > 0) return;
    while (this.#indent > column) {
      this.#push('block-end', this.#cursor.at, this.#cursor.at);
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #saveKey(): void {
    if (!this.#canBeKey) return;
    this.#removeKey();
    const { at, line, column } = this.#cursor;
    const token = this.#taken + this.#tokens.length - this.#head;
    const key = { token, at, line, column, isRequired: this.#flow === 0 && this.#indent === column };
    this.#keys[this.#flow] = key;
    this.#keyByToken.set(token, key);
  }

  /** No colon can follow any more. */
  #removeKey(): void {
    const key = this.#keys.at(-1);
    if (key?.isRequired) this.#cursor.faultAt(key.at, MISSED_COLON);
    this.#forgetKey();
  }

  #forgetKey(): void {
    const key = this.#keys.at(-1);
    if (key === undefined) return;
    this.#keyByToken.delete(key.token);
    this.#keys[this.#flow] = undefined;
  }

  #isStillPossible(key: PossibleKey): boolean {
    const { at, line } = this.#cursor;
    if (key.line === line && at - key.at <= MAX_KEY_LENGTH) return true;
    if (key.isRequired) this.#cursor.faultAt(key.at, MISSED_COLON);
    this.#keyByToken.delete(key.token);
    const level = this.#keys.indexOf(key);
    if (level !== -1) this.#keys[level] = undefined;
    return false;
  }
}
