/** Why a text is no YAML document, and where. */
export class SyntaxFault extends Error {
  /** Offset in the text. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

export const TAB = 9;
export const HASH = 35;
export const DASH = 45;
export const COLON = 58;
/** Behind the last character. */
const NUL = 0;

export const isBreak = (code: number): boolean => code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
export const isBlank = (code: number): boolean => code === 32 || code === TAB;
export const isBreakOrEnd = (code: number): boolean => code === NUL || isBreak(code);
export const isBlankOrEnd = (code: number): boolean => code === 32 || code === TAB || isBreakOrEnd(code);

/** A place in a text. Line breaks are those of YAML 1.1. */
export class Cursor {
  /** Ends with a NUL, of which there is no other. */
  readonly text: string;
  at = 0;
  /** 0-based. */
  line = 0;
  #lineStart = 0;

  constructor(text: string) {
    this.text = `${text}\0`;
  }

  get column(): number {
    return this.at - this.#lineStart;
  }

  get lineStart(): number {
    return this.#lineStart;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length - 1;
  }

  /** Whether a marker of documents stands here: `---` or `...` at the start of a line. */
  get isAtMarker(): boolean {
    if (this.at !== this.#lineStart) return false;
    const code = this.peek(0);
    if (code !== DASH && code !== 46) return false;
    return this.peek(1) === code && this.peek(2) === code && isBlankOrEnd(this.peek(3));
  }

  /** The code of the character so many further; 0 behind the end. */
  peek(further: number): number {
    return this.text.charCodeAt(this.at + further) || NUL;
  }

  /** Goes on by characters that are no line breaks. */
  skip(count = 1): void {
    this.at += count;
  }

  /** Goes on by ASCII characters whose codes have a 1 in the table, which has none for line breaks. */
  skipRun(run: Uint8Array): void {
    const { text } = this;
    let { at } = this;
    while (run[text.charCodeAt(at)] === 1) at += 1;
    this.at = at;
  }

  /** Goes on to the end of the line. */
  skipLine(): void {
    while (!isBreakOrEnd(this.peek(0))) this.at += 1;
  }

  skipBreak(): void {
    this.at += this.peek(0) === 13 && this.peek(1) === 10 ? 2 : 1;
    this.line += 1;
    this.#lineStart = this.at;
  }

  /** Goes on by what a sticky pattern matches here; `false`, and nowhere, if it does not. */
  skipMatch(sticky: RegExp): boolean {
    sticky.lastIndex = this.at;
    const matched = sticky.test(this.text);
    if (matched) this.at = sticky.lastIndex;
    return matched;
  }

  fault(message: string): never {
    return this.faultAt(this.at, message);
  }

  faultAt(position: number, message: string): never {
    throw new SyntaxFault(message, position);
  }
}
