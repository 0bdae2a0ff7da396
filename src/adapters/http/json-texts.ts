/** Where a text stands in bytes, without its quotes: from `start` up to `end`, exclusive. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Field names and indexes of lists, from the outermost on. */
export type JsonPath = readonly (string | number)[];

/** A text that was found. */
export interface FoundText extends Place {
  readonly path: JsonPath;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [COMMA, COLON, SPACE] = [0x2c, 0x3a, 0x20];

/** Deeper objects than any of Kubernetes are not gone through. */
const MAX_DEPTH = 64;

/** A place that cannot be told: it is too deep, or a name stands twice in an object, so that one of two values counts. */
class Untold extends Error {}

/** Goes through bytes that are JSON. */
class Walk {
  readonly found: FoundText[] = [];
  readonly #bytes: Buffer;
  readonly #isWanted: (path: JsonPath) => boolean;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(bytes: Buffer, isWanted: (path: JsonPath) => boolean) {
    this.#bytes = bytes;
    this.#isWanted = isWanted;
  }

  value(): void {
    if (this.#path.length > MAX_DEPTH) throw new Untold();
    const byte = this.#next();
    if (byte === OPEN_OBJECT) this.#object();
    else if (byte === OPEN_LIST) this.#list();
    else if (byte === QUOTE) this.#wantedText();
    else while (![COMMA, CLOSE_LIST, CLOSE_OBJECT, undefined].includes(this.#bytes[this.#at])) this.#at += 1;
  }

  /** The next byte that is no white space; it stays the next one. */
  #next(): number | undefined {
    while ((this.#bytes[this.#at] ?? COMMA) <= SPACE) this.#at += 1;
    return this.#bytes[this.#at];
  }

  #skip(byte: number): boolean {
    if (this.#next() !== byte) return false;
    this.#at += 1;
    return true;
  }

  #object(): void {
    const names = new Set<string>();
    this.#at += 1;
    while (!this.#skip(CLOSE_OBJECT)) {
      const { start, end } = this.#text();
      const name: string = JSON.parse(`"${this.#bytes.toString('utf8', start, end)}"`);
      if (names.has(name)) throw new Untold();
      names.add(name);
      this.#skip(COLON);
      this.#within(name);
      this.#skip(COMMA);
    }
  }

  #list(): void {
    this.#at += 1;
    for (let index = 0; !this.#skip(CLOSE_LIST); index += 1) {
      this.#within(index);
      this.#skip(COMMA);
    }
  }

  #within(step: string | number): void {
    this.#path.push(step);
    this.value();
    this.#path.pop();
  }

  #text(): Place {
    this.#skip(QUOTE);
    const start = this.#at;
    while (this.#bytes[this.#at] !== QUOTE) this.#at += this.#bytes[this.#at] === BACKSLASH ? 2 : 1;
    const end = this.#at;
    this.#at += 1;
    return { start, end };
  }

  #wantedText(): void {
    const place = this.#text();
    if (this.#isWanted(this.#path)) this.found.push({ ...place, path: [...this.#path] });
  }
}

/**
 * The texts at some paths, in the order in which they stand. The bytes must be JSON. `undefined`: a name stands twice in an object, or the
 * text is deeper than 64 levels.
 */
export function textsIn(bytes: Buffer, isWanted: (path: JsonPath) => boolean): readonly FoundText[] | undefined {
  const walk = new Walk(bytes, isWanted);
  try {
    walk.value();
    return walk.found;
  } catch (error) {
    if (error instanceof Untold) return undefined;
    throw error;
  }
}

/** Whether the bytes of a place are text without any escape, in ASCII. */
export function isPlain(bytes: Buffer, { start, end }: Place): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < SPACE || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return false;
  }
  return true;
}
