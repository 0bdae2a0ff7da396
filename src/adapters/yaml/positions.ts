import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { PathSegment } from '../../core/field-path.ts';
import { isFields, own } from '../../core/kube/reading.ts';
import { readEvents } from './events.ts';
import { type Place, type Places, readPlain } from './plain.ts';
import { KUBECTL_SCALARS, readPlainScalar, type Scalars } from './scalars.ts';

/** 0-based, inside the document's text. */
interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Where the values of one document stand. */
export interface Positions {
  /**
   * The position of the deepest part of `path` that the document has: in a list of the item; in a mapping of the key, or, if `of` is `value`,
   * of a value that holds no others.
   * What a merge or an alias brings stands where it was written. Inside a text nothing is found.
   */
  locate(path: readonly PathSegment[], of?: 'key' | 'value'): TextPosition;
}

/** How many aliases and merges one look-up follows; more than any document that was read can nest. */
const MAX_HOPS = 1000;

/** Knows the start of the document alone: for one that is JSON and no YAML. */
export const NO_POSITIONS: Positions = { locate: () => ({ line: 0, column: 0 }) };

/**
 * Reads the document once more, this time for the positions that the values do not carry: done only for documents that there is something
 * to say about. Throws a SyntaxFault for a text that is no YAML document.
 */
export function createPositions(text: string, maxDepth: number, scalars: Scalars = KUBECTL_SCALARS): Positions {
  const offsetOf = plainOffsets(text, maxDepth, scalars) ?? eventOffsets(text, maxDepth, scalars);
  const lineStarts = findLineStarts(text);
  return {
    locate(path, of = 'key') {
      const offset = offsetOf(path, of);
      const line = lastAtMost(lineStarts, offset);
      return { line, column: offset - (lineStarts[line] ?? 0) };
    },
  };
}

/** Finds the offset in the text of what {@link Positions.locate} asks for. */
type OffsetOf = (path: readonly PathSegment[], of: 'key' | 'value') => number;

function eventOffsets(text: string, maxDepth: number, scalars: Scalars): OffsetOf {
  const tree = new EventTree(text, readEvents(text, maxDepth), scalars);
  return (path, of) => tree.offsetOf(path, of);
}

/** `undefined`: the document is not in the plain style. */
function plainOffsets(text: string, maxDepth: number, scalars: Scalars): OffsetOf | undefined {
  const places: Places = { start: 0, parts: new Map() };
  const root = readPlain(text, maxDepth, scalars, places);
  if (root === undefined) return undefined;
  return (path, of) => {
    let [place, value]: [Place, unknown] = [{ mark: places.start, value: places.start }, root];
    for (const segment of path) {
      const part = isCollection(value) ? places.parts.get(value)?.get(nameOf(value, segment)) : undefined;
      if (part === undefined) break;
      [place, value] = [part, partOf(value, segment)];
    }
    return of === 'value' && !isCollection(value) ? place.value : place.mark;
  };
}

/** Keys are text, whatever they look like. */
const nameOf = (holder: object, segment: PathSegment): PathSegment =>
  Array.isArray(holder) ? segment : String(segment);

const isCollection = (value: unknown): value is object => typeof value === 'object' && value !== null;

function partOf(value: unknown, segment: PathSegment): unknown {
  if (Array.isArray(value)) return typeof segment === 'number' ? value[segment] : undefined;
  return isFields(value) ? own(value, String(segment)) : undefined;
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the last of the ascending numbers that is at most `value`; 0 if there is none. */
function lastAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** A value in a mapping or a list: the event that says where it stands and the event that starts it. */
interface Part {
  readonly mark: number;
  readonly value: number;
}

/** The document's one value: event 0 starts the document itself. */
const ROOT: Part = { mark: 1, value: 1 };

/** js-yaml's flat events with the jumps that make a tree of them. An event is named by its index. */
class EventTree {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #scalars: Scalars;
  /** Event → the event after its value: its next sibling, or the end of what it stands in. */
  readonly #next: Int32Array;
  /** Alias → the value that it refers to. */
  readonly #targets = new Map<number, number>();
  /** Container → its children, once they were asked for: a long list is looked into many times. */
  readonly #listed = new Map<number, readonly number[]>();

  constructor(text: string, events: readonly Event[], scalars: Scalars) {
    this.#text = text;
    this.#scalars = scalars;
    this.#events = events;
    this.#next = new Int32Array(events.length);
    const open: number[] = [];
    const anchors = new Map<string, number>();
    for (const [index, event] of events.entries()) {
      this.#next[index] = index + 1;
      if (event.type === EVENT_ID.POP) this.#next[open.pop() ?? 0] = index + 1;
      else if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.ALIAS) open.push(index);
      this.#noteAnchor(index, event, anchors);
    }
  }

  #noteAnchor(index: number, event: Event, anchors: Map<string, number>): void {
    if (event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT || event.anchorStart === -1) return;
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.ALIAS) this.#targets.set(index, anchors.get(name) ?? index);
    else anchors.set(name, index);
  }

  /** Offset in the text of the deepest part of the path that there is: of its mark, or of its value where that is a scalar or an alias. */
  offsetOf(path: readonly PathSegment[], of: 'key' | 'value'): number {
    let place = ROOT;
    let offset = this.#start(ROOT.mark) ?? 0;
    for (const segment of path) {
      const part = this.#part(this.#resolve(place.value), segment, MAX_HOPS);
      if (part === undefined) break;
      place = part;
      offset = this.#start(place.mark) ?? offset;
    }
    const type = this.#events[place.value]?.type;
    const isLeaf = type === EVENT_ID.SCALAR || type === EVENT_ID.ALIAS;
    return (of === 'value' && isLeaf ? this.#start(place.value) : undefined) ?? offset;
  }

  #part(container: number, segment: PathSegment, hops: number): Part | undefined {
    const event = this.#events[container];
    if (event?.type === EVENT_ID.SEQUENCE && typeof segment === 'number') {
      const item = this.#children(container)[segment];
      return item === undefined ? undefined : { mark: item, value: item };
    }
    return event?.type === EVENT_ID.MAPPING ? this.#entry(container, String(segment), hops) : undefined;
  }

  /** The last word on the key: an entry of its own, or a merge, whichever comes later (see the schema). */
  #entry(mapping: number, name: string, hops: number): Part | undefined {
    let found: Part | undefined;
    const children = this.#children(mapping);
    for (let at = 0; at + 1 < children.length; at += 2) {
      const [key = 0, value = 0] = [children[at], children[at + 1]];
      const text = this.#key(key);
      if (text === MERGE) found = this.#merged(this.#resolve(value), name, hops - 1) ?? found;
      else if (text === name) found = { mark: key, value };
    }
    return found;
  }

  #merged(source: number, name: string, hops: number): Part | undefined {
    if (hops <= 0) return undefined;
    if (this.#events[source]?.type === EVENT_ID.MAPPING) return this.#entry(source, name, hops);
    if (this.#events[source]?.type !== EVENT_ID.SEQUENCE) return undefined;
    for (const item of this.#children(source)) {
      const part = this.#merged(this.#resolve(item), name, hops - 1);
      if (part !== undefined) return part;
    }
    return undefined;
  }

  #children(container: number): readonly number[] {
    const known = this.#listed.get(container);
    if (known !== undefined) return known;
    const children: number[] = [];
    this.#listed.set(container, children);
    const end = (this.#next[container] ?? 0) - 1;
    for (let at = container + 1; at < end; at = this.#next[at] ?? end) children.push(at);
    return children;
  }

  #resolve(value: number): number {
    return this.#targets.get(value) ?? value;
  }

  /** A key as the mapping bears it after reading. */
  #key(index: number): string | typeof MERGE | undefined {
    const event = this.#events[this.#resolve(index)];
    if (event?.type !== EVENT_ID.SCALAR) return undefined;
    const text = event.valueStart === -1 ? '' : getScalarValue(this.#text, event);
    if (!isPlain(event)) return text;
    return text === '<<' ? MERGE : String(readPlainScalar(text, this.#scalars));
  }

  /** `undefined` for a value that nothing is written for. */
  #start(index: number): number | undefined {
    const event = this.#events[index];
    if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return undefined;
    if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
    if (event.type !== EVENT_ID.SCALAR) return event.start;
    const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    return event.valueStart === -1 ? undefined : event.valueStart - (isQuoted ? 1 : 0);
  }
}

const MERGE = Symbol('<<');

function isPlain(event: ScalarEvent): boolean {
  return event.style === SCALAR_STYLE.PLAIN && event.tagStart === -1;
}
