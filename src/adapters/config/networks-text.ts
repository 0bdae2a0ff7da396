import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { ClassChange, ConfiguredBlock, ConfiguredNetworks } from '../../app/cidrs/plan-change.ts';
import { RANGE_CLASSES, type Range } from '../../app/cidrs/ranges.ts';
import { type Fields, fieldsAt, own } from '../../core/kube/reading.ts';
import { indentAt, isIndented, lineEnd, nodeAt, pairOf, rangeOf, type Splice } from '../yaml/splice.ts';
import { editGatePolicy, endOf, intoFlow, isJsonKey, type Place, placeOf, quoted } from './edit-gate-policy.ts';

/** The comment behind a value on its line; empty where there is none. */
function commentBehind(text: string, end: number): string {
  return /^[^\S\n]*#[^\S\n]*(.*)$/m.exec(text.slice(end, lineEnd(text, end)))?.[1]?.trimEnd() ?? '';
}

function blocksOf(text: string, list: unknown): readonly ConfiguredBlock[] {
  if (!isSeq(list)) return [];
  return list.items.filter(isScalar).map(item => ({
    text: String(item.value),
    comment: list.flow ? '' : commentBehind(text, rangeOf(item).end),
  }));
}

/** `spec.protectedNetworks` of the GatePolicy in a text, with the comments behind its blocks; nothing where the text has none. */
export function readConfiguredNetworks(text: string): ConfiguredNetworks {
  const place = placeOf(text);
  if (place === undefined) return new Map();
  const given = fieldsAt(fieldsAt(place.value, 'spec'), 'protectedNetworks');
  const found = nodeAt(place.root, ['spec', 'protectedNetworks']);
  return new Map(
    RANGE_CLASSES.filter(name => own(given, name) !== undefined).map(name => {
      const list = 'node' in found ? pairOf(found.node, name)?.value : undefined;
      return [name, blocksOf(place.text, list)];
    }),
  );
}

/** What is written behind a block; a line break cannot be in it. */
export type CommentOf = (range: Range) => string;

/** `"pods": ["10.0.0.0/16"]`, within braces. */
const flowEntry = ({ class: name, add }: ClassChange, isJson: boolean): string =>
  `${quoted(name, isJson)}: [${add.map(({ cidr }) => quoted(cidr, isJson)).join(', ')}]`;

function classLines(change: ClassChange, indent: string, dash: string, commentOf: CommentOf): string {
  if (change.add.length === 0) return `\n${indent}${change.class}: []`;
  return [`\n${indent}${change.class}:`, ...itemLines(change.add, `${indent}${dash}`, commentOf)].join('');
}

const itemLines = (add: readonly Range[], dash: string, commentOf: CommentOf): readonly string[] =>
  add.map(range => `\n${dash}- ${range.cidr} # ${commentOf(range)}`);

/** A block of a list with its whole line. */
function lineOf(text: string, item: Node): Splice {
  const { start, end } = rangeOf(item);
  const at = text.lastIndexOf('\n', start);
  return { at: Math.max(at, 0), remove: lineEnd(text, end) - Math.max(at, 0), insert: '' };
}

/** Blocks into, and out of, a list that is there. */
function changeList(
  text: string,
  list: YAMLSeq,
  { add, remove }: ClassChange,
  commentOf: CommentOf,
): readonly Splice[] {
  const last = list.items.at(-1);
  if (list.flow || !isScalar(last)) {
    const isJson = isScalar(last) && last.type === 'QUOTE_DOUBLE';
    const items = add.map(({ cidr }) => quoted(cidr, isJson)).join(', ');
    const at = isScalar(last) ? rangeOf(last).end : rangeOf(list).start + 1;
    return [{ at, remove: 0, insert: `${isScalar(last) ? ', ' : ''}${items}` }];
  }
  const gone = list.items.filter(isScalar).filter(item => remove.includes(String(item.value)));
  const indent = indentAt(text, rangeOf(list).start);
  const insert = itemLines(add, indent, commentOf).join('');
  const changed = [
    { at: lineEnd(text, rangeOf(last).end), remove: 0, insert },
    ...gone.map(item => lineOf(text, item)),
  ];
  if (gone.length < list.items.length || add.length > 0) return changed;
  // A list of which nothing stays would become null.
  return [...changed, { at: text.lastIndexOf('\n', rangeOf(list).start), remove: 0, insert: ' []' }];
}

type Entry = Pair<Node, Node | null>;

/** Into the mapping of classes. */
function changeClasses(
  text: string,
  map: YAMLMap<Node, Node | null>,
  changes: readonly ClassChange[],
  commentOf: CommentOf,
): readonly Splice[] {
  const entryOf = (name: string): Entry | undefined => pairOf(map, name);
  const inLists = changes.flatMap(change => {
    const list = entryOf(change.class)?.value;
    return isSeq(list) ? changeList(text, list, change, commentOf) : [];
  });
  const added = changes.filter(change => !isSeq(entryOf(change.class)?.value));
  if (added.length === 0) return inLists;
  const first = map.items[0];
  if (map.flow || first === undefined) {
    const entries = added.map(change => flowEntry(change, isJsonKey(first?.key)));
    return [intoFlow(map, entries), ...inLists];
  }
  const indent = indentAt(text, rangeOf(first.key).start);
  const isDashIndented = map.items.some(
    ({ key, value }) => isSeq(value) && !value.flow && isIndented(text, key, value),
  );
  const lines = added.map(change => classLines(change, indent, isDashIndented ? '  ' : '', commentOf));
  // Where both end on one line, what is put there later stands before: a list's own blocks stay with it.
  return [{ at: endOf(text, map), remove: 0, insert: lines.join('') }, ...inLists];
}

/** Into a spec that has no `protectedNetworks`. */
function addClasses(
  text: string,
  spec: YAMLMap<Node, Node | null>,
  changes: readonly ClassChange[],
  commentOf: CommentOf,
): readonly Splice[] {
  const first = spec.items[0];
  if (spec.flow || first === undefined) {
    const isJson = isJsonKey(first?.key);
    const entries = changes.map(change => flowEntry(change, isJson)).join(', ');
    return [intoFlow(spec, [`${quoted('protectedNetworks', isJson)}: {${entries}}`])];
  }
  const indent = indentAt(text, rangeOf(first.key).start);
  const lines = changes.map(change => classLines(change, `${indent}  `, '', commentOf));
  return [{ at: endOf(text, spec), remove: 0, insert: `\n${indent}protectedNetworks:${lines.join('')}` }];
}

function splicesOf({ text, root }: Place, changes: readonly ClassChange[], commentOf: CommentOf): readonly Splice[] {
  const networks = nodeAt(root, ['spec', 'protectedNetworks']);
  if ('node' in networks && isMap<Node, Node | null>(networks.node))
    return changeClasses(text, networks.node, changes, commentOf);
  const spec = nodeAt(root, ['spec']);
  const isThere = isMap(root) && pairOf('node' in spec ? spec.node : undefined, 'protectedNetworks') !== undefined;
  if (!isThere && 'node' in spec && isMap<Node, Node | null>(spec.node))
    return addClasses(text, spec.node, changes, commentOf);
  return [];
}

/** What the document must say afterwards. */
function expected(value: Fields, changes: readonly ClassChange[]): Fields {
  const spec = fieldsAt(value, 'spec');
  const networks = fieldsAt(spec, 'protectedNetworks');
  const changed = changes.map(({ class: name, add, remove }) => {
    const before = own(networks, name);
    const kept = Array.isArray(before) ? before.filter(text => !remove.includes(String(text))) : [];
    return [name, [...kept, ...add.map(({ cidr }) => cidr)]] as const;
  });
  return { ...value, spec: { ...spec, protectedNetworks: { ...networks, ...Object.fromEntries(changed) } } };
}

/**
 * The text of a configuration after the changes: whatever they do not name stands as it stood, comments and order too. `undefined` where the place
 * is shared or not written out, so that the change would not say exactly what is meant. Its line breaks stay as they are.
 */
export function changeNetworks(
  text: string,
  changes: readonly ClassChange[],
  commentOf: CommentOf,
): string | undefined {
  return editGatePolicy(text, {
    splices: place => splicesOf(place, changes, commentOf),
    expected: value => expected(value, changes),
  });
}
