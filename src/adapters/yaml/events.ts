import { CHOMPING_MODE, COLLECTION_STYLE, type CollectionStyle, EVENT_ID, type Event, SCALAR_STYLE } from 'js-yaml';
import { SyntaxFault } from './cursor.ts';
import { Scanner, type Token } from './scan.ts';

/** Anchor and tag of a node; -1 where it has none. */
interface Properties {
  readonly anchorStart: number;
  readonly anchorEnd: number;
  readonly tagStart: number;
  readonly tagEnd: number;
}

const NONE: Properties = { anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 };
const POP: Event = { type: EVENT_ID.POP };

type Types = ReadonlySet<Token['type']>;

/** What stands where an empty value was left out. */
const ENDS_ENTRY: Types = new Set(['block-entry', 'block-end']);
const ENDS_BARE_ENTRY: Types = new Set(['block-entry', 'key', 'value', 'block-end']);
const ENDS_PART: Types = new Set(['key', 'value', 'block-end']);
const ENDS_PAIR_KEY: Types = new Set(['value', 'flow-entry', 'flow-sequence-end']);
const ENDS_PAIR: Types = new Set(['flow-entry', 'flow-sequence-end']);
const ENDS_FLOW_KEY: Types = new Set(['value', 'flow-entry', 'flow-mapping-end']);
const ENDS_FLOW_VALUE: Types = new Set(['flow-entry', 'flow-mapping-end']);

/** Characters that no YAML text may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const NOT_PRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;
/** kubectl takes nothing but a comment behind the marker of a document. */
const CROWDED_MARKER = /^---[ \t]*[^\s#]/m;

/**
 * The first document of a text as events of js-yaml, read by the grammar of libyaml. Throws a SyntaxFault where it is none. `maxDepth` bounds the levels
 * of values, inclusive.
 */
export function readEvents(text: string, maxDepth: number): Event[] {
  const strange = text.search(NOT_PRINTABLE);
  if (strange !== -1) throw new SyntaxFault('control characters are not allowed', strange);
  const crowded = text.search(CROWDED_MARKER);
  if (crowded !== -1) throw new SyntaxFault('nothing but a comment may follow the marker of a document', crowded);
  return new Composer(text, maxDepth).document();
}

class Composer {
  readonly #scanner: Scanner;
  readonly #events: Event[] = [];
  readonly #maxDepth: number;
  #depth = 0;

  constructor(text: string, maxDepth: number) {
    this.#scanner = new Scanner(text);
    this.#maxDepth = maxDepth;
  }

  /** libyaml leaves unread what stands behind a value in flow style; here it is refused. */
  document(): Event[] {
    const first = this.#scanner.peek();
    const isMarked = first.type === 'document-start';
    if (isMarked) this.#scanner.take();
    this.#events.push({ type: EVENT_ID.DOCUMENT, explicitStart: isMarked, explicitEnd: false, directives: [] });
    const { type } = this.#scanner.peek();
    if (type === 'end' || type === 'document-start') this.#empty();
    else this.#node(true, false);
    this.#events.push(POP);
    const next = this.#scanner.peek();
    if (next.type !== 'end' && next.type !== 'document-start')
      throw new SyntaxFault('end of the document is expected', next.start);
    return this.#events;
  }

  #node(isBlock: boolean, takesEntries: boolean): void {
    if (this.#depth >= this.#maxDepth - 1)
      throw new SyntaxFault(`nesting exceeded maxDepth (${this.#maxDepth})`, this.#scanner.peek().start);
    this.#depth += 1;
    this.#content(isBlock, takesEntries);
    this.#depth -= 1;
  }

  #content(isBlock: boolean, takesEntries: boolean): void {
    const first = this.#scanner.peek();
    if (first.type === 'alias') {
      this.#scanner.take();
      this.#events.push({ type: EVENT_ID.ALIAS, anchorStart: first.start, anchorEnd: first.end });
      return;
    }
    const properties = this.#properties();
    const token = this.#scanner.peek();
    if (token.type === 'scalar') this.#scalar(properties);
    else if (token.type === 'flow-sequence-start') this.#flowSequence(properties);
    else if (token.type === 'flow-mapping-start') this.#flowMapping(properties);
    else if (takesEntries && token.type === 'block-entry') this.#bareSequence(properties);
    else if (isBlock && token.type === 'block-sequence-start') this.#blockSequence(properties);
    else if (isBlock && token.type === 'block-mapping-start') this.#blockMapping(properties);
    else if (properties !== NONE) this.#empty(properties);
    else throw new SyntaxFault('did not find expected node content', token.start);
  }

  /** One anchor and one tag, in either order. */
  #properties(): Properties {
    let properties = NONE;
    for (let count = 0; count < 2; count += 1) {
      const { type, start, end } = this.#scanner.peek();
      if (type === 'anchor' && properties.anchorStart === -1)
        properties = { ...properties, anchorStart: start, anchorEnd: end };
      else if (type === 'tag' && properties.tagStart === -1)
        properties = { ...properties, tagStart: start, tagEnd: end };
      else return properties;
      this.#scanner.take();
    }
    return properties;
  }

  #scalar(properties: Properties): void {
    const { start, end, scalar } = this.#scanner.take();
    if (scalar === undefined) return;
    const { anchorStart, anchorEnd, tagStart, tagEnd } = properties;
    const { style, chomping, indent, fast } = scalar;
    // Written out: a spread costs more than all of the scanning.
    this.#events.push({
      type: EVENT_ID.SCALAR,
      valueStart: start,
      valueEnd: end,
      anchorStart,
      anchorEnd,
      tagStart,
      tagEnd,
      style,
      chomping,
      indent,
      fast,
    });
  }

  #empty(properties: Properties = NONE): void {
    const style = SCALAR_STYLE.PLAIN;
    const range = { valueStart: -1, valueEnd: -1, chomping: CHOMPING_MODE.CLIP, indent: -1, fast: false };
    this.#events.push({ type: EVENT_ID.SCALAR, ...range, ...properties, style });
  }

  #open(kind: 'sequence' | 'mapping', style: CollectionStyle, start: number, properties: Properties): void {
    const type = kind === 'sequence' ? EVENT_ID.SEQUENCE : EVENT_ID.MAPPING;
    const { anchorStart, anchorEnd, tagStart, tagEnd } = properties;
    this.#events.push({ type, start, anchorStart, anchorEnd, tagStart, tagEnd, style });
  }

  #isAt(type: Token['type']): boolean {
    return this.#scanner.peek().type === type;
  }

  #isNext(types: Types): boolean {
    return types.has(this.#scanner.peek().type);
  }

  /** Takes the token if it is the next. */
  #takeIf(type: Token['type']): boolean {
    const isNext = this.#scanner.peek().type === type;
    if (isNext) this.#scanner.take();
    return isNext;
  }

  #expect(type: Token['type'], message: string): void {
    if (!this.#takeIf(type)) throw new SyntaxFault(message, this.#scanner.peek().start);
  }

  #blockSequence(properties: Properties): void {
    this.#open('sequence', COLLECTION_STYLE.BLOCK, this.#scanner.take().start, properties);
    while (this.#takeIf('block-entry')) {
      if (this.#isNext(ENDS_ENTRY)) this.#empty();
      else this.#node(true, false);
    }
    this.#expect('block-end', "did not find expected '-' indicator");
    this.#events.push(POP);
  }

  /** A sequence whose dashes stand at the column of the key that holds it: nothing starts or ends it. */
  #bareSequence(properties: Properties): void {
    this.#open('sequence', COLLECTION_STYLE.BLOCK, this.#scanner.peek().start, properties);
    while (this.#takeIf('block-entry')) {
      if (this.#isNext(ENDS_BARE_ENTRY)) this.#empty();
      else this.#node(true, false);
    }
    this.#events.push(POP);
  }

  #blockMapping(properties: Properties): void {
    this.#open('mapping', COLLECTION_STYLE.BLOCK, this.#scanner.take().start, properties);
    while (this.#takeIf('key')) {
      this.#blockPart();
      if (this.#takeIf('value')) this.#blockPart();
      else this.#empty();
    }
    this.#expect('block-end', 'did not find expected key');
    this.#events.push(POP);
  }

  #blockPart(): void {
    if (this.#isNext(ENDS_PART)) this.#empty();
    else this.#node(true, true);
  }

  #flowSequence(properties: Properties): void {
    this.#open('sequence', COLLECTION_STYLE.FLOW, this.#scanner.take().start, properties);
    for (let isFirst = true; !this.#isAt('flow-sequence-end'); isFirst = false) {
      if (!isFirst) this.#expect('flow-entry', "did not find expected ',' or ']'");
      if (this.#isAt('key')) this.#pair();
      else if (!this.#isAt('flow-sequence-end')) this.#node(false, false);
    }
    this.#scanner.take();
    this.#events.push(POP);
  }

  /** A mapping of one entry, without braces. */
  #pair(): void {
    this.#open('mapping', COLLECTION_STYLE.FLOW, this.#scanner.take().start, NONE);
    if (this.#isNext(ENDS_PAIR_KEY)) {
      // libyaml takes that sign for the missing key's, and goes on behind it.
      this.#scanner.take();
      this.#empty();
    } else this.#node(false, false);
    if (this.#takeIf('value') && !this.#isNext(ENDS_PAIR)) this.#node(false, false);
    else this.#empty();
    this.#events.push(POP);
  }

  #flowMapping(properties: Properties): void {
    this.#open('mapping', COLLECTION_STYLE.FLOW, this.#scanner.take().start, properties);
    for (let isFirst = true; !this.#isAt('flow-mapping-end'); isFirst = false) {
      if (!isFirst) this.#expect('flow-entry', "did not find expected ',' or '}'");
      if (this.#takeIf('key')) this.#flowEntry();
      else if (!this.#isAt('flow-mapping-end')) {
        this.#node(false, false);
        this.#empty();
      }
    }
    this.#scanner.take();
    this.#events.push(POP);
  }

  #flowEntry(): void {
    if (this.#isNext(ENDS_FLOW_KEY)) this.#empty();
    else this.#node(false, false);
    if (this.#takeIf('value') && !this.#isNext(ENDS_FLOW_VALUE)) this.#node(false, false);
    else this.#empty();
  }
}
