import { isMap, type Node, Scalar } from 'yaml';
import type { PathSegment } from '../../core/field-path.ts';
import { flow, type SelectorManifest } from '../../core/kube/syntax.ts';
import { indentAt, lastInside, lineEnd, nodeAt, type Refusal, rangeOf, type Splice } from '../yaml/splice.ts';
import { renderFields } from './render-policies.ts';

/** The splice that gives the peer at `path` of a parsed text a `podSelector`, behind what it has, in its own style. */
export function selectorSplices(
  text: string,
  root: unknown,
  path: readonly PathSegment[],
  podSelector: SelectorManifest,
): { readonly splices: readonly Splice[] } | Refusal {
  const found = nodeAt(root, path);
  if ('reason' in found) return found;
  const map = found.node;
  const last = isMap<Node, Node | null>(map) ? map.items.at(-1) : undefined;
  if (!isMap(map) || !last?.value) return { reason: 'the peer is not written out in the file: change it by hand' };
  if (map.flow) {
    const isJson = last.key instanceof Scalar && last.key.type === Scalar.QUOTE_DOUBLE;
    const insert = isJson ? `, "podSelector": ${JSON.stringify(podSelector)}` : `, podSelector: ${flow(podSelector)}`;
    return { splices: [{ at: rangeOf(last.value).end, remove: 0, insert }] };
  }
  const indent = indentAt(text, rangeOf(last.key).start);
  const lines = renderFields({ podSelector }).trimEnd().split('\n');
  const insert = lines.map(line => `\n${indent}${line}`).join('');
  return { splices: [{ at: lineEnd(text, rangeOf(lastInside(map)).end), remove: 0, insert }] };
}
