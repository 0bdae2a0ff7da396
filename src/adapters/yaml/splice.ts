import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode, type Scalar } from 'yaml';
import type { PathSegment } from '../../core/field-path.ts';

/** A change to a text: at offset `at`, `remove` characters give way to `insert`. */
export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** A text with its changes, none of which overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = '';
  let from = 0;
  for (const { at, remove, insert } of [...splices].sort((a, b) => a.at - b.at)) {
    result += text.slice(from, at) + insert;
    from = at + remove;
  }
  return result + text.slice(from);
}

/** Why a text cannot be changed at a place without touching others. */
export interface Refusal {
  readonly reason: string;
}

/** Where a node of a parsed text starts and where its value ends; comments and line breaks behind it do not belong to it. */
export function rangeOf(node: Node | null | undefined): { readonly start: number; readonly end: number } {
  const [start = 0, end = 0] = node?.range ?? [];
  return { start, end };
}

/** The number of characters before the offset on its line. */
function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** White space as wide as what stands before the offset on its line; that white space itself, where there is nothing else. */
export function indentAt(text: string, offset: number): string {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return before.trim() === '' ? before : ' '.repeat(before.length);
}

/** The column at which the content of the line starts that holds the offset, past white space and the dashes of lists. */
export function contentColumn(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*(?:- +)*/.exec(text.slice(start, offset))?.[0].length ?? 0;
}

/** The end of the line that holds the offset, before its line break. A value that ends with its line break ends on the line before. */
export function lineEnd(text: string, offset: number): number {
  const from = offset > 0 && text[offset - 1] === '\n' ? offset - 1 : offset;
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** The entry of a mapping that is written out there; nothing for what comes by a merge (`<<`). */
export function pairOf(node: unknown, key: string): Pair<Node, Node | null> | undefined {
  if (!isMap<Node, Node | null>(node)) return undefined;
  return node.items.find(pair => isScalar(pair.key) && String(pair.key.value) === key);
}

function childOf(node: unknown, segment: PathSegment): unknown {
  if (isSeq(node)) return typeof segment === 'number' ? node.items[segment] : undefined;
  return pairOf(node, String(segment))?.value;
}

const SHARED = 'it is shared with other places (a YAML anchor): change it by hand';

const isShared = (node: unknown): boolean =>
  isAlias(node) || (typeof node === 'object' && node !== null && 'anchor' in node && node.anchor !== undefined);

/** The node at a path, reached through nothing that stands in other places too. */
export function nodeAt(root: unknown, path: readonly PathSegment[]): { readonly node: ParsedNode } | Refusal {
  let node = root;
  for (const segment of path) {
    node = childOf(node, segment);
    if (isShared(node)) return { reason: SHARED };
  }
  return node === undefined || node === null
    ? { reason: 'the place is not written out in the file: it comes from a merge, or stands inside a text' }
    : { node: node as ParsedNode };
}

/** The node that ends last inside a node of block style. */
export function lastInside(node: Node): Node | Alias {
  if ((!isMap(node) && !isSeq(node)) || node.flow) return node;
  const last: unknown = node.items.at(-1);
  const value = isSeq(node) ? last : (last as Pair<Node, Node | null> | undefined)?.value;
  return value === undefined || value === null ? node : lastInside(value as Node);
}

/** Whether a list's dashes stand further right than the key that holds it. */
export function isIndented(text: string, key: Node, list: Node): boolean {
  return columnOf(text, rangeOf(list).start) > columnOf(text, rangeOf(key).start);
}

/** The text of a scalar in the quotes of another. In a flow collection a colon is quoted: readers differ there. */
export function quotedLike(text: string, like: Scalar, isFlow: boolean): string {
  if (like.type === 'QUOTE_SINGLE') return `'${text}'`;
  const isQuoted = like.type === 'QUOTE_DOUBLE' || (isFlow && text.includes(':'));
  return isQuoted ? JSON.stringify(text) : text;
}
