import { isMap, type Node, parse } from 'yaml';
import type { SpecField } from '../../app/init/document.ts';
import { fieldsAt, own } from '../../core/kube/reading.ts';
import { indentAt, nodeAt, rangeOf, type Splice } from '../yaml/splice.ts';
import { editGatePolicy, endOf, intoFlow, isJsonKey, type Place, placeOf, quoted } from './edit-gate-policy.ts';

/** What a field says, as data. */
const fieldValue = ({ name, lines }: SpecField): unknown => {
  const value: unknown = parse(lines.join('\n'));
  return typeof value === 'object' && value !== null ? own({ ...value }, name) : undefined;
};

function splicesOf({ text, root }: Place, fields: readonly SpecField[]): readonly Splice[] {
  const found = nodeAt(root, ['spec']);
  if (!('node' in found) || !isMap<Node, Node | null>(found.node)) return [];
  const spec = found.node;
  const first = spec.items[0];
  if (spec.flow || first === undefined) {
    const isJson = isJsonKey(first?.key);
    return [
      intoFlow(
        spec,
        fields.map(field => `${quoted(field.name, isJson)}: ${JSON.stringify(fieldValue(field))}`),
      ),
    ];
  }
  const indent = indentAt(text, rangeOf(first.key).start);
  const lines = fields.flatMap(field => field.lines.map(line => `\n${indent}${line}`));
  return [{ at: endOf(text, spec), remove: 0, insert: lines.join('') }];
}

/** Those of the fields that the GatePolicy in a text does not have. */
export function absentFields(text: string, fields: readonly SpecField[]): readonly SpecField[] {
  const place = placeOf(text.replaceAll('\r\n', '\n'));
  const spec = fieldsAt(place?.value ?? {}, 'spec');
  return fields.filter(({ name }) => !Object.hasOwn(spec, name));
}

/** The text with fields behind those of `spec`, which has none of them; `undefined` where that is shared or not written out. */
export function addFields(text: string, fields: readonly SpecField[]): string | undefined {
  if (fields.length === 0) return text;
  return editGatePolicy(text, {
    splices: place => splicesOf(place, fields),
    expected: value => ({
      ...value,
      spec: { ...fieldsAt(value, 'spec'), ...Object.fromEntries(fields.map(field => [field.name, fieldValue(field)])) },
    }),
  });
}
