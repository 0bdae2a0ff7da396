import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { PathSegment } from '../../core/field-path.ts';
import {
  contentColumn,
  indentAt,
  isIndented,
  lineEnd,
  nodeAt,
  pairOf,
  quotedLike,
  type Refusal,
  rangeOf,
  type Splice,
} from '../yaml/splice.ts';

const isEmptyNode = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null);

/** Blocks that the list does not have yet. */
function missing(list: YAMLSeq | undefined, blocks: readonly string[]): readonly string[] {
  const present = new Set(list?.items.map(item => (isScalar(item) ? item.value : undefined)));
  return blocks.filter(block => !present.has(block));
}

/** What stands behind an item of a flow collection on its line: a comma, or none, and a comment. */
const COMMA_AND_COMMENT = /[ \t]*(,?)[ \t]+#[^\n]*/y;

/** Entries on lines below an item that has a comment behind it, which stays with it; `undefined`: it has none. */
function belowComment(
  text: string,
  end: number,
  indent: string,
  entries: readonly string[],
): readonly Splice[] | undefined {
  const comment = new RegExp(COMMA_AND_COMMENT);
  comment.lastIndex = end;
  const [found, comma] = comment.exec(text) ?? [];
  if (found === undefined) return undefined;
  const lines = entries.map(entry => `\n${indent}${entry}`).join(',');
  const at = end + found.length;
  if (comma === ',') return [{ at, remove: 0, insert: `${lines},` }];
  return [
    { at: end, remove: 0, insert: ',' },
    { at, remove: 0, insert: lines },
  ];
}

/** Behind the items of `[a, b]`, one on each line if they stand so. */
function extendFlow(text: string, list: YAMLSeq, last: Scalar, blocks: readonly string[]): readonly Splice[] {
  const { start, end } = rangeOf(last);
  const items = blocks.map(block => quotedLike(block, last, true));
  const below = belowComment(text, end, indentAt(text, rangeOf(list.items[0] as Node).start), items);
  if (below !== undefined) return below;
  const before = text.slice(rangeOf(list).start + 1, start);
  const isCompact = list.items.length > 1 && /,\S/.test(text.slice(rangeOf(list).start, start + 1));
  const gap = before.includes('\n') ? `\n${indentAt(text, start)}` : isCompact ? '' : ' ';
  return [{ at: end, remove: 0, insert: items.map(item => `,${gap}${item}`).join('') }];
}

/** Behind the items of a list, in its own style; those of an empty one as `like`. */
export function appendItems(text: string, list: YAMLSeq, like: Scalar, blocks: readonly string[]): readonly Splice[] {
  const last = list.items.at(-1);
  const { start } = rangeOf(list);
  if (!isScalar(last)) {
    const items = blocks.map(block => quotedLike(block, like, true)).join(', ');
    return [{ at: start + 1, remove: 0, insert: items }];
  }
  if (list.flow) return extendFlow(text, list, last, blocks);
  const indent = indentAt(text, start);
  const lines = blocks.map(block => `\n${indent}- ${quotedLike(block, last, false)}`);
  return [{ at: lineEnd(text, rangeOf(last).end), remove: 0, insert: lines.join('') }];
}

/** The lines of a block list below a key. */
function blockLines(indent: string, isListIndented: boolean, like: Scalar, blocks: readonly string[]): string {
  const dash = `\n${indent}${isListIndented ? '  ' : ''}- `;
  return blocks.map(block => `${dash}${quotedLike(block, like, false)}`).join('');
}

/** `except:` with nothing behind it, or null. */
function fillEmpty(text: string, pair: Pair<Node, Node | null>, like: Scalar, blocks: readonly string[]): Splice {
  const { start, end } = rangeOf(pair.value);
  const items = `[${blocks.map(block => quotedLike(block, like, true)).join(', ')}]`;
  if (end > start) return { at: start, remove: end - start, insert: items };
  return { at: text.indexOf(':', rangeOf(pair.key).end) + 1, remove: 0, insert: ` ${items}` };
}

/** A new `except` behind the `cidr` of `{cidr: …}`. */
function addToFlow(
  text: string,
  map: YAMLMap,
  key: Scalar,
  cidr: Scalar,
  blocks: readonly string[],
): readonly Splice[] {
  const at = rangeOf(cidr).end;
  const keyStart = rangeOf(key).start;
  const name = quotedLike('except', key, false);
  const items = blocks.map(block => quotedLike(block, cidr, true));
  if (!text.slice(rangeOf(map).start, keyStart).includes('\n')) {
    const space = /:\s/.test(text.slice(rangeOf(key).end, rangeOf(cidr).start + 1)) ? ' ' : '';
    const pair = `${name}:${space}[${items.join(`,${space}`)}]`;
    const below = belowComment(text, at, indentAt(text, keyStart), [pair]);
    return below ?? [{ at, remove: 0, insert: `,${space}${pair}` }];
  }
  const indent = indentAt(text, keyStart);
  const step = indent.slice(contentColumn(text, rangeOf(map).start)) || '  ';
  const lines = items.map(item => `\n${indent}${step}${item}`).join(',');
  const pair = `${name}: [${lines}\n${indent}]`;
  return belowComment(text, at, indent, [pair]) ?? [{ at, remove: 0, insert: `,\n${indent}${pair}` }];
}

/** Whether the list of peers is indented below its key; the new list is written alike. */
function peersAreIndented(text: string, root: unknown, blockPath: readonly PathSegment[]): boolean {
  const [rule, key] = [blockPath.slice(0, -3), blockPath.at(-3)];
  const found = nodeAt(root, rule);
  const pair = 'node' in found ? pairOf(found.node, String(key)) : undefined;
  return pair?.value ? isIndented(text, pair.key, pair.value) : false;
}

/**
 * The splice that adds blocks to the `except` list at `path` of a parsed text, in the list's own style; a new list stands behind `cidr`.
 * No splice where all are there already.
 */
export function exceptSplices(
  text: string,
  root: unknown,
  path: readonly PathSegment[],
  blocks: readonly string[],
): { readonly splices: readonly Splice[] } | Refusal {
  const blockPath = path.slice(0, -1);
  const found = nodeAt(root, blockPath);
  if ('reason' in found) return found;
  const map = found.node;
  const cidr = pairOf(map, 'cidr');
  if (!isMap(map) || !isScalar(cidr?.key) || !isScalar(cidr.value))
    return { reason: 'the block is not written out in the file: change it by hand' };
  const except = pairOf(map, 'except');
  const list = except?.value;
  if (except !== undefined && isSeq(list)) {
    const shared = nodeAt(map, ['except']);
    if ('reason' in shared) return shared;
    const added = missing(list, blocks);
    return { splices: added.length === 0 ? [] : appendItems(text, list, cidr.value, added) };
  }
  if (except !== undefined && !isEmptyNode(list)) return { reason: '`except` is not a list there: change it by hand' };
  if (map.flow) {
    if (except !== undefined) return { splices: [fillEmpty(text, except, cidr.value, blocks)] };
    return { splices: addToFlow(text, map, cidr.key, cidr.value, blocks) };
  }
  if (except !== undefined) return { splices: [fillEmpty(text, except, cidr.value, blocks)] };
  const indent = indentAt(text, rangeOf(cidr.key).start);
  const lines = blockLines(indent, peersAreIndented(text, root, blockPath), cidr.value, blocks);
  const name = quotedLike('except', cidr.key, false);
  return {
    splices: [{ at: lineEnd(text, rangeOf(cidr.value).end), remove: 0, insert: `\n${indent}${name}:${lines}` }],
  };
}
