import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type YAMLMap,
} from 'yaml';
import { type PathSegment, parsePath } from '../../core/field-path.ts';

/** A place in a file, both 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Entry {
  /** Absent for an item of a list. */
  readonly key?: unknown;
  readonly value: unknown;
}

/** Finds fields of one document: their key if `of` is `key` or they hold others, else their value. */
export type Locator = (field: string, of: 'key' | 'value') => Position;

function indexOf(map: YAMLMap): ReadonlyMap<string, Entry> {
  return new Map(map.items.map(entry => [String(isScalar(entry.key) ? entry.key.value : entry.key), entry]));
}

/** Whether the value stands on its own, so that its own place says more than that of its key. */
function isPlain(value: unknown): boolean {
  return isNode(value) && !isCollection(value) && !(isScalar(value) && value.value === null);
}

/** A locator that indexes each mapping once, however many fields of it are asked for. Of an absent field it gives the nearest one above. */
export function createLocator(document: Document, lines: LineCounter): Locator {
  const indexes = new Map<YAMLMap, ReadonlyMap<string, Entry>>();
  const target = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

  const entryOf = (node: unknown, segment: PathSegment): Entry | undefined => {
    if (isSeq(node)) {
      const value: unknown = typeof segment === 'number' ? node.items[segment] : undefined;
      return value === undefined ? undefined : { value };
    }
    if (!isMap(node)) return undefined;
    const index = indexes.get(node) ?? indexOf(node);
    indexes.set(node, index);
    return index.get(String(segment));
  };

  return (field, of) => {
    let found: unknown = document.contents;
    let node = target(found);
    for (const segment of parsePath(field) ?? []) {
      const entry = entryOf(node, segment);
      if (entry === undefined) break;
      found = entry.key !== undefined && (of === 'key' || !isPlain(entry.value)) ? entry.key : entry.value;
      node = target(entry.value);
    }
    const offset = (isNode(found) ? found.range?.[0] : undefined) ?? document.range?.[0] ?? 0;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}
