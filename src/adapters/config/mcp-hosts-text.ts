import { isMap, isSeq, type Node, type YAMLSeq } from 'yaml';
import { type Fields, fieldsAt, own } from '../../core/kube/reading.ts';
import { indentAt, lineEnd, nodeAt, pairOf, rangeOf, type Splice } from '../yaml/splice.ts';
import { editGatePolicy, endOf, intoFlow, isJsonKey, type Place, quoted } from './edit-gate-policy.ts';

function intoList(text: string, list: YAMLSeq<Node>, hosts: readonly string[]): readonly Splice[] {
  const last = list.items.at(-1);
  if (list.flow || last === undefined) {
    const items = hosts.map(host => JSON.stringify(host)).join(', ');
    const at = last === undefined ? rangeOf(list).start + 1 : rangeOf(last).end;
    return [{ at, remove: 0, insert: `${last === undefined ? '' : ', '}${items}` }];
  }
  const indent = indentAt(text, rangeOf(list).start);
  const insert = hosts.map(host => `\n${indent}- ${host}`).join('');
  return [{ at: lineEnd(text, rangeOf(last).end), remove: 0, insert }];
}

function splicesOf({ text, root }: Place, hosts: readonly string[]): readonly Splice[] {
  const found = nodeAt(root, ['spec', 'perimeter']);
  if (!('node' in found) || !isMap<Node, Node | null>(found.node)) return [];
  const perimeter = found.node;
  const list = pairOf(perimeter, 'mcpHosts')?.value;
  if (isSeq<Node>(list)) return intoList(text, list, hosts);
  const first = perimeter.items[0];
  if (perimeter.flow || first === undefined) {
    const items = hosts.map(host => JSON.stringify(host)).join(', ');
    return [intoFlow(perimeter, [`${quoted('mcpHosts', isJsonKey(first?.key))}: [${items}]`])];
  }
  const indent = indentAt(text, rangeOf(first.key).start);
  const lines = hosts.map(host => `\n${indent}- ${host}`).join('');
  return [{ at: endOf(text, perimeter), remove: 0, insert: `\n${indent}mcpHosts:${lines}` }];
}

function expected(value: Fields, hosts: readonly string[]): Fields {
  const spec = fieldsAt(value, 'spec');
  const perimeter = fieldsAt(spec, 'perimeter');
  const before = own(perimeter, 'mcpHosts');
  const mcpHosts = [...(Array.isArray(before) ? before : []), ...hosts];
  return { ...value, spec: { ...spec, perimeter: { ...perimeter, mcpHosts } } };
}

/**
 * The text of a configuration with hosts behind those of `spec.perimeter.mcpHosts`; all else stands as it stood. `undefined` where there is no perimeter, or
 * the place is shared or not written out.
 */
export const addMcpHosts = (text: string, hosts: readonly string[]): string | undefined =>
  editGatePolicy(text, { splices: place => splicesOf(place, hosts), expected: value => expected(value, hosts) });
