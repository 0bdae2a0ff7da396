import { isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import type { GeneratedPolicy } from '../../app/report/generate.ts';
import type { PathSegment } from '../../core/field-path.ts';
import {
  contentColumn,
  indentAt,
  isIndented,
  lastInside,
  lineEnd,
  nodeAt,
  pairOf,
  type Refusal,
  rangeOf,
  type Splice,
} from '../yaml/splice.ts';
import { renderPolicy } from './render-policies.ts';

const NO_LIST = 'the objects stand neither in a list nor in a mapping of the file: add the policy by hand';

/** The policy as lines behind the first of a block collection: an item of a list, or a value under its name. */
function blockText(policy: GeneratedPolicy, indent: string, isList: boolean, indentsLists: boolean): string {
  const lines = renderPolicy(policy, { indentsLists }).trimEnd().split('\n');
  const [headline = '', ...body] = lines;
  const inner = `${indent}  `;
  const named = isList ? [] : [`${indent}${JSON.stringify(policy.manifest.metadata.name)}:`];
  const rest = body.map((line, index) => (isList && index === 0 ? `${indent}- ${line}` : `${inner}${line}`));
  return ['', `${indent}${headline}`, ...named, ...rest].join('\n');
}

/** The policy as JSON behind the last entry of `[…]` or `{…}`. */
function flowSplice(text: string, collection: YAMLSeq | YAMLMap, last: Node, policy: GeneratedPolicy): Splice {
  const { start, end } = rangeOf(last);
  const opening = rangeOf(collection).start;
  const firstOffset = isMap(collection) ? rangeOf(collection.items[0]?.key as Node).start : start;
  const isSpread = text.slice(opening, firstOffset).includes('\n');
  const name = isMap(collection) ? `${JSON.stringify(policy.manifest.metadata.name)}: ` : '';
  if (!isSpread) return { at: end, remove: 0, insert: `, ${name}${JSON.stringify(policy.manifest)}` };
  const indent = indentAt(text, firstOffset);
  const step = indent.slice(contentColumn(text, opening)) || '  ';
  const json = JSON.stringify(policy.manifest, null, step).replaceAll('\n', `\n${indent}`);
  return { at: end, remove: 0, insert: `,\n${indent}${name}${json}` };
}

function collectionAt(root: unknown, path: readonly PathSegment[]): { readonly node: YAMLSeq | YAMLMap } | Refusal {
  const found = nodeAt(root, path);
  if ('reason' in found) return found;
  return path.length > 0 && (isSeq(found.node) || isMap(found.node)) ? { node: found.node } : { reason: NO_LIST };
}

/**
 * The splice that puts a policy behind the last of the objects among which the one at `pointer` stands, in their style.
 * JSON and flow style take no comments, so the policy stands there without.
 */
export function policySplices(
  text: string,
  root: unknown,
  pointer: readonly PathSegment[],
  policy: GeneratedPolicy,
): { readonly splices: readonly Splice[] } | Refusal {
  const path = pointer.slice(0, -1);
  const found = collectionAt(root, path);
  if ('reason' in found) return found;
  const { node } = found;
  const last: unknown = isSeq(node) ? node.items.at(-1) : node.items.at(-1)?.value;
  if (last === undefined || last === null) return { reason: NO_LIST };
  if (node.flow) return { splices: [flowSplice(text, node, last as Node, policy)] };
  const holder = nodeAt(root, path.slice(0, -1));
  const pair = 'node' in holder ? pairOf(holder.node, String(path.at(-1))) : undefined;
  const indentsLists = isScalar(pair?.key) && isSeq(node) ? isIndented(text, pair.key, node) : false;
  const insert = blockText(policy, indentAt(text, rangeOf(node).start), isSeq(node), indentsLists);
  return { splices: [{ at: lineEnd(text, rangeOf(lastInside(node)).end), remove: 0, insert }] };
}

/** The splice that puts a policy in the place of the one at `pointer`. The comments in that go with it, as they came with it; those above it stay. */
export function replacementSplices(
  text: string,
  root: unknown,
  pointer: readonly PathSegment[],
  policy: GeneratedPolicy,
): { readonly splices: readonly Splice[] } | Refusal {
  const found = nodeAt(root, pointer);
  if ('reason' in found) return found;
  const { node } = found;
  const { start, end } = rangeOf(node);
  if (!isMap(node)) return { reason: NO_LIST };
  if (node.flow) return { splices: [{ at: start, remove: end - start, insert: JSON.stringify(policy.manifest) }] };
  const indent = indentAt(text, start);
  const [, ...lines] = renderPolicy(policy).trimEnd().split('\n');
  const insert = lines.map((line, index) => (index === 0 ? line : `${indent}${line}`)).join('\n');
  return { splices: [{ at: start, remove: lineEnd(text, rangeOf(lastInside(node)).end) - start, insert }] };
}
