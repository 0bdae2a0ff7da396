import { isMap, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import type { RegistryRemote } from '../../core/gate/types.ts';
import { type Fields, fieldsAt, own } from '../../core/kube/reading.ts';
import { indentAt, nodeAt, pairOf, rangeOf, type Splice } from '../yaml/splice.ts';
import { editGatePolicy, endOf, intoFlow, isJsonKey, type Place, quoted } from './edit-gate-policy.ts';

/** An entry that is put behind those of a list. */
interface ListEntry {
  readonly value: unknown;
  /** As it is written on a line of its own, behind the dash. */
  readonly line: string;
}

/** A list of a section of `spec`, and what is put behind its entries. */
interface Addition {
  readonly section: string;
  readonly list: string;
  readonly entries: readonly ListEntry[];
}

type BlockMap = YAMLMap<Node, Node | null>;

const inBrackets = (entries: readonly ListEntry[]): string =>
  entries.map(({ value }) => JSON.stringify(value)).join(', ');

const onLines = (entries: readonly ListEntry[], indent: string): string =>
  entries.map(({ line }) => `\n${indent}- ${line}`).join('');

function intoList(text: string, list: YAMLSeq<Node>, entries: readonly ListEntry[]): Splice {
  const last = list.items.at(-1);
  if (list.flow || last === undefined) {
    const at = last === undefined ? rangeOf(list).start + 1 : rangeOf(last).end;
    return { at, remove: 0, insert: `${last === undefined ? '' : ', '}${inBrackets(entries)}` };
  }
  return { at: endOf(text, list), remove: 0, insert: onLines(entries, indentAt(text, rangeOf(list).start)) };
}

/** Into a section that has no such list. */
function intoSection(text: string, section: BlockMap, { list, entries }: Addition): Splice {
  const first = section.items[0];
  if (section.flow || first === undefined)
    return intoFlow(section, [`${quoted(list, isJsonKey(first?.key))}: [${inBrackets(entries)}]`]);
  const indent = indentAt(text, rangeOf(first.key).start);
  return { at: endOf(text, section), remove: 0, insert: `\n${indent}${list}:${onLines(entries, indent)}` };
}

/** Into a spec that has no such section. */
function intoSpec(text: string, spec: BlockMap, { section, list, entries }: Addition): Splice {
  const first = spec.items[0];
  if (spec.flow || first === undefined) {
    const name = (key: string): string => quoted(key, isJsonKey(first?.key));
    return intoFlow(spec, [`${name(section)}: {${name(list)}: [${inBrackets(entries)}]}`]);
  }
  const indent = indentAt(text, rangeOf(first.key).start);
  const lines = `\n${indent}${section}:\n${indent}  ${list}:${onLines(entries, `${indent}  `)}`;
  return { at: endOf(text, spec), remove: 0, insert: lines };
}

function spliceOf({ text, root }: Place, addition: Addition): readonly Splice[] {
  const spec = nodeAt(root, ['spec']);
  if (!('node' in spec) || !isMap<Node, Node | null>(spec.node)) return [];
  if (pairOf(spec.node, addition.section) === undefined) return [intoSpec(text, spec.node, addition)];
  const section = nodeAt(spec.node, [addition.section]);
  if (!('node' in section) || !isMap<Node, Node | null>(section.node)) return [];
  const list = pairOf(section.node, addition.list)?.value;
  return [isSeq<Node>(list) ? intoList(text, list, addition.entries) : intoSection(text, section.node, addition)];
}

function expected(value: Fields, { section, list, entries }: Addition): Fields {
  const spec = fieldsAt(value, 'spec');
  const fields = fieldsAt(spec, section);
  const before = own(fields, list);
  const after = [...(Array.isArray(before) ? before : []), ...entries.map(one => one.value)];
  return { ...value, spec: { ...spec, [section]: { ...fields, [list]: after } } };
}

/**
 * The text of a configuration with entries behind those of a list of `spec`; all else stands as it stood. `undefined` where the place is shared or not
 * written out.
 */
const addEntries = (text: string, addition: Addition): string | undefined =>
  addition.entries.length === 0
    ? text
    : editGatePolicy(text, {
        splices: place => spliceOf(place, addition),
        expected: value => expected(value, addition),
      });

/** Hosts behind those of `spec.perimeter.mcpHosts`. */
export const addMcpHosts = (text: string, hosts: readonly string[]): string | undefined =>
  addEntries(text, {
    section: 'perimeter',
    list: 'mcpHosts',
    entries: hosts.map(host => ({ value: host, line: host })),
  });

/** As a policy has it: a port that is meant anyway is not written. */
function remoteEntry({ host, port, owner }: RegistryRemote): ListEntry {
  const portField = port === 443 ? {} : { port };
  const portText = port === 443 ? '' : `, port: ${port}`;
  return {
    value: { host, ...portField, owner },
    line: `{host: ${quoted(host, false)}${portText}, owner: ${JSON.stringify(owner)}}`,
  };
}

/** Servers behind those of `spec.registry.remotes`. */
export const addRemotes = (text: string, remotes: readonly RegistryRemote[]): string | undefined =>
  addEntries(text, { section: 'registry', list: 'remotes', entries: remotes.map(remoteEntry) });
